"""The command with wrong input: a result, or one line that names what is wrong; never a traceback.

    python tests/tries.py [--only compare,sort] [--every 1] [--csv FILE]

Every try is a process of its own in a fresh working directory with small rendered people and a small recognizer. Where this is
root's, tries without permission run as nobody, and full disks are real ones."""
import argparse, gc, io, json, multiprocessing, os, re, shutil, signal, sys, tempfile, threading, time, warnings
import pandas as pd
import torch
from functools import partial
from pathlib import Path
from faults import can_mount, mount, sample, unmount
from facerec_dls import cli
from facerec_dls.data import CelebA
from facerec_dls.recognizer import FaceRecognizer
import facerec_dls.albums.sort, facerec_dls.exchange.export, facerec_dls.gallery, facerec_dls.reports.course, facerec_dls.reports.people, facerec_dls.run

LIMIT = 600 # seconds for one try; more is a hang
LONG = 'x'*2_000_000
NOBODY = 65534

def prepare(top):
    "Right and wrong inputs"
    photos = CelebA(sample(top/'made', n_ids=3, n_per_id=3, size=64), ['identity'])
    for person,rows in photos.faces.groupby('identity'):
        (d := top/'people'/person.split('/')[-1]).mkdir(parents=True)
        for i in rows.index: shutil.copy(photos.path(i), d/i)
    shutil.rmtree(top/'made')
    one = next((top/'people').rglob('*.jpg'))
    shutil.copy(one, top/'photo.jpg')
    for d in ('empty', 'videos', 'Case/Ann', 'Case/ann', 'single/Ann', 'locked/Ann', 'mine'): (top/d).mkdir(parents=True)
    for d in ('Case/Ann', 'Case/ann', 'single/Ann', 'locked/Ann'):
        for k,f in enumerate(sorted((top/'people').rglob('*.jpg'))[:2]): shutil.copy(f, top/d/f'{k}.jpg')
    for n in ('a.mp4', 'b.MOV'): (top/'videos'/n).write_bytes(b'\0\0\0\x18ftypmp42' + bytes(999))
    (top/'videos'/'Ann').mkdir(); (top/'videos'/'Ann'/'c.mp4').write_bytes(b'\0\0\0\x18ftypmp42' + bytes(999))
    (top/'text.txt').write_text('no photo, no table\n'); (top/'zero.jpg').touch(); (top/'half.jpg').write_bytes(one.read_bytes()[:300])
    (top/'mine'/'thesis.txt').write_text('work')
    name = one.relative_to(top).as_posix()
    (top/'nan.csv').write_text(f'image_id,identity,x_1,y_1,width,height\n{name},Ann,NaN,1,inf,20\n')
    (top/'no_photos.csv').write_text('image_id,identity\nnone/1.jpg,Ann\nnone/2.jpg,Ann\n')
    (top/'pairs.txt').write_text('1 1\nAnn\t1\t2\nAnn\t1\tNobody\t1\n')
    FaceRecognizer.pretrained('synthetic', detector='sliding').save_pretrained(top/'rec')

def with_gallery(top): # some tries need a gallery
    call('enroll', 'people', '--gallery', 'gallery', '--recognizer', 'rec')

def call(*words):
    sys.argv = ['facerec', *map(str, words)]
    cli.main()

PHOTO, REC, IN = 'photo.jpg', ('--recognizer', 'rec'), ('--gallery', 'gallery')
# words; what the line must name; before it
TRIES = [(w, names, None) for w,names in (
    (('compare', 'people', PHOTO, *REC), 'people'), (('compare', 'text.txt', PHOTO, *REC), 'text.txt'), (('compare', 'zero.jpg', PHOTO, *REC), 'zero.jpg'),
    (('compare', 'half.jpg', PHOTO, *REC), 'half.jpg'), (('compare', 'none.jpg', PHOTO, *REC), 'none.jpg'), (('compare', 'videos/a.mp4', PHOTO, *REC), 'a.mp4'),
    (('compare', LONG, PHOTO, *REC), 'xxx'), (('compare', PHOTO, PHOTO, '--recognizer', PHOTO), PHOTO), (('compare', PHOTO, PHOTO, '--recognizer', 'empty'), 'empty'),
    (('compare', PHOTO, PHOTO, *REC, '--prior', 'nan'), 'nan'), (('compare', PHOTO, PHOTO, *REC, '--prior', '2'), 'prior'), (('compare', PHOTO, PHOTO, *REC, '--detector', 'eye'), 'eye'),
    (('evaluate', 'rec', '--images', PHOTO), PHOTO), (('evaluate', 'rec', '--images', 'empty'), 'empty'), (('evaluate', 'rec', '--images', 'videos'), 'videos'),
    (('evaluate', 'rec', '--images', 'nan.csv'), 'nan.csv'), (('evaluate', 'rec', '--images', 'no_photos.csv'), 'no_photos.csv'), (('evaluate', 'rec', '--images', 'single'), 'single'),
    (('evaluate', 'rec', '--images', 'Case', '--out', 'o'), None), (('evaluate', 'rec', '--images', 'people', '--out', PHOTO), PHOTO), (('evaluate', 'rec', '--images', 'people', '--out', 'mine'), 'mine'),
    (('evaluate', 'rec', '--pairs', 'people'), 'people'), (('evaluate', 'rec', '--pairs', 'text.txt'), 'text.txt'), (('evaluate', 'rec', '--pairs', 'pairs.txt', '--images', 'people'), 'pairs.txt'),
    (('evaluate', 'rec', '--images', 'people', '--out', '/proc/x'), '/proc/x'), (('evaluate', 'people'), 'folder of a run'), (('evaluate', PHOTO, '--images', 'people'), PHOTO),
    (('enroll', PHOTO, *IN, *REC), PHOTO), (('enroll', 'empty', *IN, *REC), 'empty'), (('enroll', 'videos', *IN, *REC), 'videos'), (('enroll', 'none', *IN, *REC), 'none'),
    (('enroll', 'people', '--gallery', PHOTO, *REC), PHOTO), (('enroll', 'people', *IN, *REC, '--name', ' '), 'name'), (('enroll', 'people', '--gallery', 'ftp://x/y', *REC), 'ftp'),
    (('enroll', 'Case', *IN, *REC), None), (('enroll', 'people', '--gallery', 'mine', *REC), None), (('enroll', 'text.txt', '--name', 'Ann', *IN, *REC), 'text.txt'),
    (('identify', PHOTO, *IN, *REC), 'gallery'), (('identify', PHOTO, '--gallery', PHOTO, *REC), PHOTO), (('identify', PHOTO, '--gallery', 'people', *REC), 'people'),
    (('people', '--gallery', PHOTO), PHOTO), (('people', '--gallery', 'empty'), 'empty'), (('forget', 'Ann', *IN), 'gallery'),
    (('sort', PHOTO, *REC), PHOTO), (('sort', 'empty', *REC), 'empty'), (('sort', 'videos', *REC), 'videos'), (('sort', 'none', *REC), 'none'),
    (('sort', 'people', '--out', PHOTO, *REC), PHOTO), (('sort', 'people', '--out', 'mine', *REC), 'mine'), (('sort', 'people', '--out', 'people', *REC), 'people'),
    (('export', PHOTO, '--onnx', 'o'), PHOTO), (('export', 'none', '--onnx', 'o'), 'none'), (('export', 'rec', '--onnx', PHOTO), PHOTO), (('export', 'rec', '--onnx', 'mine'), 'mine'), (('export', LONG, '--onnx', 'o'), 'xxx'),
    (('push', 'rec', 'a/b/c'), 'a/b/c'), (('push', 'none', 'a/b'), 'none'), (('push', 'rec', 'a/b'), 'a/b'),
    (('course', PHOTO), PHOTO), (('course', 'empty'), 'empty'), (('course', 'people', '--seeds', 'x'), '--seeds x'), (('course', 'people', '--seeds', ''), 'seeds'), (('course', 'people', '--weights', 'none'), 'people'), (('course', 'people', '--out', PHOTO), ''),
    (('run', '--data', PHOTO), PHOTO), (('run', '--data', 'empty'), 'empty'), (('run', '--data', 'videos'), 'videos'), (('run', '--data', 'nan.csv'), 'nan.csv'), (('run', '--data', 'no_photos.csv'), 'no_photos.csv'),
    (('run', '--data', 'single', '--until', 'select'), ''), (('run', '--out', PHOTO), PHOTO), (('run', '--out', 'mine/thesis.txt/x'), 'thesis.txt'), (('run', '--until', 'nonsense'), 'nonsense'),
    (('run', '--set', LONG), 'xxx'), (('run', '--data', LONG), 'xxx'), (('run', '--set', 'seed=' + '9'*2000), 'seed'), (('run', '--preset', ''), 'preset'))]
ENROLLED = [(w, names, with_gallery) for w,names in (
    (('identify', 'none.jpg', *IN, *REC), 'none.jpg'), (('identify', 'empty', *IN, *REC), 'empty'), (('identify', 'text.txt', *IN, *REC), 'text.txt'), (('identify', 'videos', *IN, *REC), 'videos'),
    (('identify', PHOTO, *IN, *REC, '--fpr', 'nan'), 'nan'), (('identify', PHOTO, *IN, *REC, '--fpr', '0'), 'fpr'), (('identify', PHOTO, *IN, *REC, '--fpr', '7'), 'fpr'), (('identify', PHOTO, *IN), 'gallery'),
    (('forget', 'Nobody', *IN), 'Nobody'), (('forget', LONG, *IN), 'xxx'), (('forget', '', *IN), 'name'))]

# Places that cannot be written, and Ctrl-C

def nobody(*paths):
    "The process is nobody's; root may do everything"
    for f in paths: os.chmod(f, 0)
    os.chmod('.', 0o777)
    os.setgid(NOBODY); os.setuid(NOBODY)
    os.environ['HOME'] = os.getcwd()

def full_tmp(top):
    (d := Path('tmp_full')).mkdir()
    if not mount(d, 'size=4k'): return
    os.environ['TMPDIR'] = tempfile.tempdir = str(d.resolve())
    (d/'x').write_bytes(bytes(4096))

def read_only_home(top):
    os.environ.update(HOME='/proc', FACEREC_CACHE='', HF_HOME='/proc/x'); os.environ.pop('FACEREC_CACHE')

def no_tmp(top): os.environ['TMPDIR'] = tempfile.tempdir = '/no/such'

ENROLL, SORT, EVALUATE, EXPORT, RUN = ('enroll', 'people', *IN, *REC), ('sort', 'people', *REC), ('evaluate', 'rec', '--images', 'people', '--out', 'o'), ('export', 'rec', '--onnx', 'o'), ('run', '--data', 'people', '--until', 'select')
PLACES = [(w, names, before) for before,names in ((read_only_home, None), (full_tmp, ''), (no_tmp, '')) for w in (('compare', PHOTO, PHOTO, *REC), ENROLL, SORT, EVALUATE, EXPORT)]
LOCKED = [(w, names, lambda top, p=p: nobody(*p)) for w,names,p in (
    (('compare', PHOTO, 'half.jpg', *REC), PHOTO, [PHOTO]), (('enroll', 'locked', *IN, *REC), 'locked', ['locked/Ann']), (('enroll', 'locked', *IN, *REC), 'locked', ['locked']), (('sort', 'locked', *REC), 'locked', ['locked']),
    (('evaluate', 'rec', '--images', 'locked', '--out', 'o'), 'locked', ['locked']), (('run', '--data', 'locked'), 'locked', ['locked']), (('compare', PHOTO, PHOTO, *REC), 'rec', ['rec']),
    (('compare', PHOTO, PHOTO, *REC), 'rec', ['rec/embedder/model.safetensors']), (('sort', 'people', *REC, '--out', 'mine/album'), 'mine', ['mine']),
    (('enroll', 'people', '--gallery', 'mine/gallery', *REC), 'mine', ['mine']), (('export', 'rec', '--onnx', 'mine/o'), 'mine', ['mine']), (('run', '--data', 'people', '--out', 'mine/run'), 'mine', ['mine']), (('course', 'locked'), 'locked', ['locked']))]

def nobody_reads():
    "May nobody read Python's packages and ours? What a command imports late is among them"
    return all(os.stat(d).st_mode & 5 == 5 for f in (sys.prefix, torch.__file__, cli.__file__) for d in Path(f).resolve().parents)

def interrupted(top, after): threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT)).start()

INTERRUPTS = [(w, None, lambda top, t=t: interrupted(top, t)) for w in (ENROLL, SORT, EVALUATE, EXPORT, ('run', '--data', 'people', '--set', 'people=3')) for t in (.05, .5, 1.5, 4)]

def child(top, words, before, pipe):
    "The command, its output in a file"
    warnings.simplefilter('default')
    os.chdir(top)
    os.environ.update(HF_ENDPOINT='http://127.0.0.1:9', HF_HUB_DOWNLOAD_TIMEOUT='1', FACEREC_CACHE=str(top/'cache'), HOME=str(top))
    fd = os.open(top/'said', os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for k in (1, 2): os.dup2(fd, k)
    sys.stdout, sys.stderr = (io.TextIOWrapper(open(k, 'wb', closefd=False), write_through=True) for k in (1, 2))
    try:
        if before is with_gallery:
            try: before(top)
            except SystemExit: pass
            os.truncate(fd, 0)
        elif before: before(top)
        call(*words)
        status = 0
    except SystemExit as e: status = e.code or 0
    except KeyboardInterrupt: status = 'a bare KeyboardInterrupt'
    except BaseException as e:
        import traceback
        traceback.print_exc()
        status = f'{type(e).__name__}'
    sys.stdout.flush(); sys.stderr.flush()
    pipe.send(status)
    os._exit(0)

def attempt(clean, words, names, before):
    "Exit status, last line, and what is wrong about it"
    with tempfile.TemporaryDirectory(prefix='tries') as folder:
        top = Path(folder).resolve()/'here'
        shutil.copytree(clean, top)
        os.chmod(folder, 0o755)
        fork = multiprocessing.get_context('fork')
        ours, theirs = fork.Pipe(False)
        p = fork.Process(target=child, args=(top, words, before, theirs))
        t = time.perf_counter()
        p.start(); theirs.close()
        if not ours.poll(LIMIT): p.kill()
        try: status = ours.recv()
        except EOFError: status = 'hang' if p.exitcode in (None, -signal.SIGKILL) else f'crash {p.exitcode}'
        p.join()
        seconds = time.perf_counter() - t
        if (top/'tmp_full').exists(): unmount(top/'tmp_full')
        said = (top/'said').read_text(errors='replace') if (top/'said').exists() else ''
        for d,_,_ in os.walk(top): os.chmod(d, 0o755)
        kept = (top/'mine'/'thesis.txt').is_file() and (top/PHOTO).stat().st_size > 0
    lines = [o.split('\r')[-1] for o in said.replace(str(top), '.').splitlines() if o.strip()]
    last, faults = lines[-1] if lines else '', []
    if not kept: faults.append('a file of mine is gone')
    if 'Traceback' in said or status not in (0, 1, 2, 130): faults.append(f'status {status}')
    if 'Warning' in said: faults.append('a warning of Python')
    if status in (1, 2) and names is not None and (not any(o.startswith(('error: ', 'Error', '│')) for o in lines) and status == 1): faults.append('no line of error')
    if names and names not in said: faults.append(f'does not name {names}')
    if max(map(len, lines), default=0) > 1500: faults.append('a line too long to read')
    if status == 0 and names: faults.append('no error')
    return dict(status=status, line=last[:300], seconds=round(seconds, 1), wrong='; '.join(faults)), said

def shown(words, before): # the row's name
    text = ' '.join(w if len(w) < 99 else f'{w[:9]}... ({len(w):,} letters)' for w in words)
    if before in (None, with_gallery): return text
    if before in (read_only_home, full_tmp, no_tmp): return f'{text} [{before.__name__}]'
    d = before.__defaults__[0]
    return f'{text} [Ctrl-C after {d} s]' if isinstance(d, float) or isinstance(d, int) else f'{text} [no permission: {", ".join(d)}]'

if __name__ == '__main__':
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('--only', default=''); a.add_argument('--every', type=int, default=1); a.add_argument('--csv'); a.add_argument('--verbose', action='store_true')
    a = a.parse_args()
    torch.set_num_threads(1); gc.freeze()
    rows = pd.read_csv(a.csv, index_col=0, keep_default_na=False).T.to_dict() if a.csv and Path(a.csv).is_file() else {}
    with tempfile.TemporaryDirectory(prefix='clean') as folder:
        clean = Path(folder).resolve()/'c'
        clean.mkdir()
        prepare(clean)
        for words,names,before in (TRIES + (PLACES if can_mount() else []) + (LOCKED if can_mount() and nobody_reads() else []) + INTERRUPTS + ENROLLED)[::a.every]:
            name = shown(words, before)
            if name in rows or a.only and words[0] not in a.only.split(','): continue
            rows[name], said = attempt(clean, words, names, before)
            print(name, {**rows[name], 'line': rows[name]['line'][:200]}, sep='\n  ', flush=True)
            if a.verbose and rows[name]['wrong']: print(said[-3000:])
            if a.csv: pd.DataFrame(rows).T.rename_axis('command').to_csv(a.csv)
    table = pd.DataFrame(rows).T
    print(f'{len(table)} tries, {(table.wrong != "").sum()} wrong')
    sys.exit(int((table.wrong != '').any()))
