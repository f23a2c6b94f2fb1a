"""Writes that are stopped: the folder is as before or as after, and the same call again ends it.

    python tests/faults.py [--most 0] [--only picture,table] [--slow] [--csv FILE]

Every step that writes runs in a process of its own. At each of its file operations in turn (open, rename, remove, make a folder),
or at `--most` of them, that process is killed, finds the disk full, read-only or closed to it; the operating system also stops it
in the middle of a file, and a real disk of a few MB is too small or read-only (where a tmpfs can be mounted). What other libraries
write is killed by the clock. `--slow` adds the gallery and the steps of a run. With `--csv` the same command resumes; remove the file after a change."""
import argparse, errno, gc, hashlib, json, multiprocessing, os, re, resource, shutil, signal, subprocess, sys, tempfile, threading, time, warnings, zipfile
import numpy as np
import pandas as pd
import torch
from dataclasses import replace
from functools import partial
from pathlib import Path
from fuzz import graph
from facerec_dls.albums.sort import Found, Heap, given_names, load_found, save_found, write_album
from facerec_dls.alignment import Crops, CropSpec
from facerec_dls.ce import Embedder
from facerec_dls.core.files import atomic
from facerec_dls.core.images import load_image, save_image
from facerec_dls.core.settings import PRESETS, read_settings
from facerec_dls.core.stats import wilson
from facerec_dls.data import BOX_COLS, CelebA, FaceSet
from facerec_dls.exchange.onnx import OnnxEmbedder, OnnxLandmarks
from facerec_dls.hourglass import StackedHourglass
from facerec_dls.metrics.calibration import Calibration
from facerec_dls.metrics.card import model_card
from facerec_dls.landmarks.faces import align_photos
from facerec_dls.photos.fetch import unpack
from facerec_dls.recognizer import FaceRecognizer
from facerec_dls.reports.course import window_photos
from facerec_dls.reports.people import evaluate_on
from facerec_dls.run import Run
from facerec_dls.synthetic.folder import render_celeba
from facerec_dls.training.networks import save_people, trained_people
from facerec_dls.training.resume import weights_fingerprint
from facerec_dls.vectors.store import VectorStore

LIMIT = 300 # seconds for one step; more is a hang

# What is written, and how it is read again

def digest(x): return hashlib.sha256(x if isinstance(x, bytes) else np.ascontiguousarray(x).tobytes()).hexdigest()[:12]

def people(seed): # a table without photos
    rng = np.random.default_rng(seed)
    ids = [f'{p}/{k}.jpg' for p in 'abc' for k in range(3)]
    return FaceSet(pd.DataFrame(dict(identity=[f'folder/{i[0]}{seed}' for i in ids], x_1=rng.random(9, np.float32)), ids), f'/photos/{seed}', pd.DataFrame(dict(image_id=[f'{seed}.jpg'], reason=['no face'])))

def set_state(path):
    s = FaceSet.load(path)
    return s.faces.to_csv(), s.excluded.to_csv(), str(s.image_dir)

def calibration(seed): return Calibration('isotonic', {.1: .3+seed/100}, dict(cosine=[-.1, .6], probability=[0., 1.]), .5, 100, 900, ('ab12',))

def network(seed):
    torch.manual_seed(seed)
    return Embedder('resnet10', 8, 16, width=.0625, mean=.5 + seed/10).eval()

def net_state(path):
    net = Embedder.from_pretrained(path)
    return weights_fingerprint(net), net.mean.flatten().tolist()

def recognizer(seed):
    torch.manual_seed(seed)
    return FaceRecognizer(StackedHourglass(n_stacks=1, channels=4).eval(), network(seed), 'sliding', .3 + seed/100, .1, f'number {seed}', calibration(seed))

def rec_state(path):
    r = FaceRecognizer.from_pretrained(path)
    return weights_fingerprint(r.landmarks), weights_fingerprint(r.embedder), r.embedder.mean.item(), r.threshold, r.data, str(r.calibration.thresholds)

def crops(seed):
    rng = np.random.default_rng(seed)
    return Crops(people(seed).faces, rng.integers(0, 256, (9, 16, 16, 3), np.uint8), CropSpec(16))

def crops_state(path):
    c = Crops.load(path)
    return c.faces.to_csv(), digest(c.images)

def sample(top, **kw): # rendered people; the renderer is the same in every process
    return render_celeba(top, **dict(n_ids=3, n_per_id=2, size=32, workers=1, progress=False) | kw)

def folder_state(path): return {f.relative_to(path).as_posix(): digest(f.read_bytes()) for f in sorted(path.rglob('*')) if f.is_file()}

def celeba_state(path):
    if not (path/'rendered.json').is_file(): raise FileNotFoundError(path)
    return CelebA(path).faces.to_csv(), folder_state(path/'Img')

def archive(top):
    with zipfile.ZipFile(top/'a.zip', 'w') as z: [z.writestr(f'{p}/{k}.jpg', np.random.default_rng(k).bytes(3000)) for p in 'ab' for k in range(3)]

def unpacked_state(path):
    found = {n: d for n,d in (folder_state(path) if path.is_dir() else {}).items() if not Path(n).name.startswith('.')} # a file has its name only when it is whole
    for n,d in found.items(): assert d == digest(np.random.default_rng(int(Path(n).stem)).bytes(3000)), n
    if len(found) < 6: raise FileNotFoundError(path)
    return found

def known(path):
    if not (path/'people.json').is_file(): raise FileNotFoundError(path)
    return sorted(trained_people(path))

def existing(f): # a reader of one file
    def read(path):
        if not path.is_file(): raise FileNotFoundError(path)
        return f(path)
    return read

def exported(seed, out): # what facerec export writes
    files = [out.parent/f'{n}.onnx' for n in ('maps', 'embedding')]
    FaceRecognizer(OnnxLandmarks(files[0], 2), OnnxEmbedder(files[1], CropSpec(16)), 'sliding', .3 + seed/100, .1, f'number {seed}', calibration(seed)).save_pretrained(out)

def exported_state(path):
    r = FaceRecognizer.from_pretrained(path)
    return digest(r.landmarks.graph.numpy()), digest(r.embedder.graph.numpy()), r.threshold, r.data, str(r.calibration.thresholds)

def unit(rng, n): return (lambda x: x/np.linalg.norm(x, axis=1, keepdims=True))(rng.standard_normal((n, 16)).astype(np.float32))

def enrolled(seed, out): # people of a gallery
    names = [f'Ann {seed}', 'Bo', f'Cy {seed}']*100
    VectorStore(out, 'ab12 fuzz').add(names, unit(np.random.default_rng(seed), 300), [f'{seed}:{k}' for k in range(300)])

def forgotten(seed, out): VectorStore(out).forget('Bo')
def several(out): [enrolled(s, out) for s in (1, 3, 4)]
def tidied(out): VectorStore(out).tidy()
def several_tidied(out): several(out), tidied(out)

def store_state(path):
    if not len(VectorStore(path)): raise FileNotFoundError(path)
    return digest(VectorStore(path).frame().sort_values('id').to_csv().encode()), VectorStore(path).people().to_csv()

def forget_state(path): # before and after differ by her alone
    names = {*VectorStore(path).people().index}
    return sorted(names), len(VectorStore(path))

def heap(n): # n faces of four people, one of another each
    thumb = np.full((24, 24, 3), 90, np.uint8)
    ids = [f'{k:032x}:0' for k in range(n)]
    import cv2
    jpeg = cv2.imencode('.jpg', thumb)[1].tobytes()
    faces = pd.DataFrame(dict(id=ids, photo=[f'/photos/{k}.jpg' for k in range(n)], **{c: np.float32(9.) for c in BOX_COLS}))
    return Heap(faces, unit(np.random.default_rng(0), n), [jpeg]*n, pd.DataFrame(dict(photo=faces.photo, faces=1, note='')))

def grouped(seed, n): # other numbers for the same people
    person = np.arange(n) % 4
    return pd.DataFrame(dict(group=person if seed == 1 else 3 - person, cosine=np.float32(.9), sure=True))

def album(seed, out): # the second has more faces and other numbers
    write_album(heap(16 + 4*seed), grouped(seed, 16 + 4*seed), out)

def named_album(seed, out): # somebody has written names into the first
    album(1, out)
    people = pd.read_csv(out/'people.csv', dtype=str, keep_default_na=False)
    people.assign(name=[f'person {g}' for g in people.group]).to_csv(out/'people.csv', index=False)

def album_state(path): # a person keeps her name, whatever her number
    faces = heap(20).faces.assign(sure=True, group=grouped(1, 20).group)
    names = given_names(path, faces)
    if not names: raise ValueError('the names are gone')
    return names

def found(seed, out): save_found(Found(np.full((seed, 4), 9., np.float32), unit(np.random.default_rng(seed), seed), [b'jpeg']*seed), out)
def found_state(path): return [digest(x) for x in (lambda f: (f.boxes, f.vectors, b''.join(f.thumbs)))(load_found(path))]

def windows(seed, out): # the pictures of the course, cut
    photos = CelebA(out.parent/'people', ['identity'])
    ids = [f'known/{i}' for i in photos.faces.index[:4]]
    files = dict(zip(ids, map(str, (photos.path(i) for i in photos.faces.index))))
    window_photos(FaceSet(pd.DataFrame(dict(identity='celeba/1'), ids), out.parent, files=files), out, progress=False)

def windows_state(path):
    pictures = {n: d for n,d in (folder_state(path/'known') if path.is_dir() else {}).items() if not n.startswith('.')}
    if len(pictures) < 4: raise FileNotFoundError(path)
    return pictures

class Step:
    "Something that writes `out`: what is there before, the write, and the reader of its result; `native`: another library writes"
    def __init__(self, write, read, before=None, out='out', resumed=False, native=False): self.write, self.read, self.before, self.out, self.resumed, self.native = write, read, before, out, resumed, native

def twice(write, read, out='out'): # over an earlier one
    return Step(partial(write, 2), read, partial(write, 1), out)

def once(write, read, out='out', **kw): return Step(partial(write, 2), read, None, out, **kw)

def table(seed, out): people(seed).save(out)
def picture(seed, out): save_image(np.full((40, 30, 3), 80*seed, np.uint8), out)
def card(seed, out): model_card(out, f'model {seed}', dict(arch='resnet10'), 'rendered people', 'none', dict(accuracy=wilson(seed, 9)), calibration(seed))
def seen(seed, out):
    out.mkdir(exist_ok=True)
    save_people(out, [f'folder/{seed}'])
def render(seed, out): sample(out, seed=seed)
def aligned(seed, out): align_photos(CelebA(out.parent/'people'), out, spec=CropSpec(16), points='table', workers=1, progress=False)
def unpacking(seed, out): unpack(out.parent/'a.zip', out, progress=False)

STEPS = {'table': twice(table, lambda p: set_state(p)[0], 'out.csv'), 'set': once(table, set_state), 'set over another': twice(table, set_state),
    'picture': twice(picture, existing(lambda p: digest(load_image(p))), 'out.png'), 'calibration': twice(lambda s, p: calibration(s).save(p), lambda p: str(Calibration.load(p)), 'out.json'),
    'card': twice(card, existing(lambda p: p.read_text()), 'out.md'), 'people of a network': twice(seen, known),
    'network': once(lambda s, p: network(s).save_pretrained(p), net_state), 'network over another': twice(lambda s, p: network(s).save_pretrained(p), net_state),
    'recognizer': once(lambda s, p: recognizer(s).save_pretrained(p), rec_state), 'recognizer over another': twice(lambda s, p: recognizer(s).save_pretrained(p), rec_state),
    'crops': once(lambda s, p: crops(s).save(p), crops_state, resumed=True), 'aligned faces': once(aligned, crops_state, resumed=True),
    'exported': once(exported, exported_state), 'exported over another': twice(exported, exported_state),
    'gallery': once(enrolled, store_state, native=True), 'gallery over another': Step(partial(enrolled, 2), store_state, partial(enrolled, 1), native=True),
    'gallery: forget': Step(partial(forgotten, 2), forget_state, several_tidied, native=True), 'gallery: tidy': Step(tidied, store_state, several, native=True, resumed=True),
    'album': Step(partial(album, 2), album_state, partial(named_album, 1)), 'faces of a photo': twice(found, existing(found_state), 'out.npz'), 'windows of the course': once(windows, windows_state, resumed=True),
    'rendered people': once(render, celeba_state), 'rendered over others': twice(render, celeba_state), 'archive': once(unpacking, unpacked_state, resumed=True)}

def prepare(name, top):
    "What a step needs beside its folder"
    if name == 'aligned faces': sample(top/'people')
    if name == 'archive': archive(top)
    if name == 'windows of the course': sample(top/'people', n_ids=2, size=64, aligned=True)
    if name.startswith('exported'): graph((5, 8, 8), 'maps', top/'maps.onnx'), graph((8,), 'embedding', top/'embedding.onnx')

# The steps of a run

TINY = ['people=8', 'photos_per_person=6', 'valid=.3', 'test=.3', 'fpr=.1', 'crop.size=32', 'landmarks.epochs=1', 'landmarks.channels=4', 'heads=pixels,arcface',
    'heads.epochs=1', 'heads.bs=8', 'heads.size=32', 'heads.features=16', 'heads.arch=resnet18', 'heads.width=.125']
RUN_STEPS = 'select', 'landmarks', 'align', 'train', 'evaluate', 'report', 'save'

def tiny_run(top):
    "A whole run, once"
    Run(top/'whole', read_settings(TINY, replace(PRESETS['quick'], data=str(sample(top/'people', n_ids=8, n_per_id=8, size=64)))), progress=False).complete()

def run_state(step, path):
    run, heads = Run(path, progress=False), [None] if step != 'train' else ['arcface']
    if not all(run.folder(step, h).exists() for h in heads): raise FileNotFoundError(path)
    run.check_files()
    match step:
        case 'select': return run.faces.faces.to_csv()
        case 'landmarks': return weights_fingerprint(run.landmarks())
        case 'align': return digest(run.crops.images)
        case 'train': return net_state(run.folder('train', 'arcface'))
        case 'evaluate': return json.dumps(run.metrics, default=str)
        case 'report': return (run.folder('report')/'index.html').stat().st_size > 9999
        case 'save': return rec_state(run.folder('save'))

def rewind(step, whole, out):
    "A run that has done all steps before this one"
    run = Run(shutil.copytree(whole, out, dirs_exist_ok=True), progress=False)
    for s in RUN_STEPS[RUN_STEPS.index(step):]: shutil.rmtree(run.folder(s), ignore_errors=True)

def run_step(step, out): Run(out, progress=False).do(step)

def strangers(out): evaluate_on(FaceRecognizer.from_pretrained(out.parent/'whole'/'recognizer'), out, out.parent/'others', progress=False)

def page_state(out):
    if not (out/'index.html').is_file(): raise FileNotFoundError(out)
    return (out/'metrics.json').read_text()

# Faults

CHANGES = 'os.rename', 'os.remove', 'os.mkdir', 'os.rmdir', 'os.truncate', 'os.link', 'os.symlink'

def changes(top, event, args):
    "Does an audit event change files below a folder?"
    if event == 'open':
        path, mode, flags = args
        if isinstance(path, int) or not (set(mode or '') & set('wax+') or (flags or 0) & (os.O_WRONLY | os.O_RDWR)): return False
    elif event not in CHANGES: return False
    path = os.fsdecode(args[0])
    return path.startswith(top) or not os.path.isabs(path) # relative: below an open folder that is removed

def watch(top, at):
    "Call `at(k, event, path)` before change k, from 1 on"
    count = [0]
    def hook(event, args):
        if (event == 'open' or event in CHANGES) and changes(top, event, args):
            count[0] += 1
            at(count[0], event, os.fsdecode(args[0]))
    sys.addaudithook(hook)
    return count

def fault_at(kind, k):
    "What happens from change k on"
    def at(n, event, path):
        if n < k: return
        if kind == 'kill': os.kill(os.getpid(), signal.SIGKILL)
        if kind == 'full' and event in ('open', 'os.mkdir'): raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        if kind == 'read-only': raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        if kind == 'denied': raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    return at

def stop_writes(kind, size):
    "No file gets larger than `size`: the process is killed, or told that the disk is full"
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL if kind == 'kill in a file' else signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def clock_back():
    "Every look at the clock is a day before the last"
    now = [time.time()]
    def back(): now[0] -= 86400; return now[0]
    time.time, time.time_ns = back, lambda: int(back()*1e9)

def child(f, *args):
    "(exit status, what was sent) of a function in a process of its own"
    fork = multiprocessing.get_context('fork')
    ours, theirs = fork.Pipe(False)
    def run():
        warnings.simplefilter('ignore'); sys.stdout = open(os.devnull, 'w')
        try: theirs.send(f(*args))
        except (OSError, ValueError) as e: theirs.send(f'{type(e).__name__}: {e}'); os._exit(3)
        except BaseException as e: theirs.send(f'{type(e).__name__}: {e}'); os._exit(4)
        os._exit(0)
    p = fork.Process(target=run)
    p.start(); theirs.close()
    if not ours.poll(LIMIT): p.kill()
    try: said = ours.recv()
    except EOFError: said = ''
    p.join()
    return p.exitcode, said

def attempt(write, out, top, kind=None, k=None, native=False):
    "The step under a fault; without one, the number of its changes and its seconds"
    if native: import lancedb # no import is timed
    if kind == 'clock': clock_back()
    elif kind in ('kill in a file', 'full in a file'): stop_writes(kind, k)
    elif kind == 'kill after': threading.Timer(k, os.kill, (os.getpid(), signal.SIGKILL)).start()
    count = watch(str(top), fault_at(kind, k) if kind in ('kill', 'full', 'read-only', 'denied') else lambda *a: None)
    start = time.perf_counter()
    write(out)
    return count[0], time.perf_counter() - start

def state(read, out):
    "What a reader finds; 'nothing' where it says so"
    try: return read(out)
    except FileNotFoundError as e: return 'nothing'
    except Exception as e: return f'damaged: {type(e).__name__}: {e}'

def afterwards(write, read, out, top):
    "What a reader finds after a fault; what the same call says then, and what is found after that"
    now = state(read, out)
    try: said = attempt(write, out, top) and ''
    except Exception as e: said = f'{type(e).__name__}: {e}'
    return now, said, state(read, out)

def listing(top): return sorted(p.relative_to(top).as_posix() for p in top.rglob('*'))

def mount(top, how): return subprocess.run(['mount', '-t', 'tmpfs', '-o', how, 'faults', top], capture_output=True).returncode == 0
def unmount(top): subprocess.run(['umount', '-l', top], capture_output=True)

def can_mount():
    "May this process mount a small disk?"
    if os.name != 'posix' or os.geteuid() or not shutil.which('mount'): return False
    with tempfile.TemporaryDirectory() as d:
        ok = mount(d, 'size=1m')
        if ok: unmount(d)
    return ok

def check(name, write, read, before, out, resumed=False, most=0, prepare=lambda top: None, native=False):
    "All faults of one step: counts by outcome, and what is wrong"
    wrong, row = [], dict(stops=0, before=0, after=0, unfinished=0, wrong=0)
    with tempfile.TemporaryDirectory(prefix='faults') as folder:
        top, clean, disk = Path(folder).resolve()/'top', Path(folder).resolve()/'clean', False
        clean.mkdir()
        if (made := child(prepare, clean))[0]: raise RuntimeError(f'{name}: {made}')
        if before and (made := child(before, clean/out))[0]: raise RuntimeError(f'{name}: {made}')
        def fresh(how=None):
            nonlocal disk
            if disk: unmount(top)
            shutil.rmtree(top, ignore_errors=True)
            disk = how is not None and (top.mkdir(), mount(top, how))[1]
            shutil.copytree(clean, top, dirs_exist_ok=True)
        fresh('size=1g' if can_mount() else None)
        room = shutil.disk_usage(top).used
        was = child(state, read, top/out)[1]
        status, n = child(attempt, write, top/out, top, None, None, native)
        if status: raise RuntimeError(f'{name}: {n}')
        (n, seconds), growth = n, shutil.disk_usage(top).used - room
        done, files = child(state, read, top/out)[1], listing(top)
        sizes = sorted({f.stat().st_size for f in top.rglob('*') if f.is_file() and f.stat().st_size > 1})
        def some(o): return [o[int((i+.5)*len(o)/most)] for i in range(most)] if most and len(o) > most else o
        plan = [(kind, k) for kind in ('kill', 'full', 'read-only', 'denied') for k in some(list(range(1, n+1)))]
        plan += [(kind, k) for kind in ('kill in a file', 'full in a file') for k in some(sorted({0, *(o//2 for o in sizes)}))] + [('clock', 0)]
        if native: plan += [('kill after', seconds*(i+.5)/20) for i in some(list(range(20)))]
        if disk: plan += [('small disk', room + max(4096, int(f*growth))) for f in some([0., .25, .5, .75, .95])] + [('disk that is read-only', 0)]
        for kind,k in plan:
            fresh('size=1g' if 'disk' in kind else None)
            if 'disk' in kind: subprocess.run(['mount', '-o', f'remount,size={k}' if k else 'remount,ro', top], check=True)
            status, said = child(attempt, write, top/out, top, kind, k, native)
            if 'disk' in kind: subprocess.run(['mount', '-o', 'remount,rw,size=1g', top], check=True)
            left = [f for f in listing(top) if '.tmp' in f]
            ended, seen = child(afterwards, write, read, top/out, top)
            now, again, then = seen if ended == 0 else ('', f'{ended}: {seen}', '')
            row['stops'] += 1
            faults = []
            if status == 4 or status == 3 and not any(n in said for n in (str(top), *(repr(Path(f).name) for f in files))): faults.append(f'{status}: {said}')
            if not kind.startswith('kill') and status < 0: faults.append(f'a hang or a crash, signal {-status}')
            if now == done: row['after'] += 1
            elif now == was: row['before'] += 1
            elif now == 'nothing': row['unfinished'] += 1
            else: faults.append(f'neither as before nor as after: {str(now)[:300]}')
            if status == 3 and kind.startswith('full') and not resumed and left: faults.append(f'left behind: {left[:3]}')
            if now == done and ('FileExistsError' in again or 'UnknownPerson' in again): pass # once is enough
            elif again: faults.append(f'again: {again}')
            elif then != done: faults.append('not as after when done again')
            elif not native and (left := sorted(f for f in set(listing(top)) - set(files) if not re.search(r'\.[0-9a-f]{32}\.tmp$', f))): faults.append(f'left for good: {left[:3]}')
            if faults:
                row['wrong'] += 1
                wrong += [f'{name}, {kind} at {k}: {f}' for f in faults]
        if disk: unmount(top)
    return row, wrong

if __name__ == '__main__':
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('--most', type=int, default=0); a.add_argument('--only'); a.add_argument('--slow', action='store_true'); a.add_argument('--csv')
    a = a.parse_args()
    torch.set_num_threads(1); gc.freeze()
    rows, failed = pd.read_csv(a.csv, index_col=0).T.to_dict() if a.csv and Path(a.csv).is_file() else {}, 0
    jobs = {n: partial(check, n, s.write, s.read, s.before, s.out, s.resumed, prepare=partial(prepare, n), native=s.native) for n,s in STEPS.items() if a.slow or a.only or not s.native}
    slow = tempfile.TemporaryDirectory(prefix='whole')
    if a.slow:
        top = Path(slow.name).resolve()
        assert (made := child(tiny_run, top))[0] == 0, made
        jobs |= {f'run: {s}': partial(check, s, partial(run_step, s), partial(run_state, s), partial(rewind, s, top/'whole'), 'run', s in ('landmarks', 'align', 'train')) for s in RUN_STEPS}
        def others(folder):
            sample(folder/'others', n_ids=6, n_per_id=4, size=64, seed=5)
            shutil.copytree(top/'whole'/'recognizer', folder/'whole'/'recognizer')
        jobs['evaluate on others'] = partial(check, 'evaluate', strangers, page_state, None, 'out', True, prepare=others)
    for name in a.only.split(',') if a.only else [n for n in jobs if n not in rows]:
        start = time.perf_counter()
        rows[name], wrong = jobs[name](most=a.most)
        rows[name]['seconds'] = round(time.perf_counter() - start, 1)
        failed += len(wrong)
        print(*wrong[:40], sep='\n', end='\n'*bool(wrong), flush=True)
        print(name, rows[name], file=sys.stderr, flush=True)
        table_ = pd.DataFrame(rows).T.rename_axis('step').astype({c: int for c in ('stops', 'before', 'after', 'unfinished', 'wrong')})
        if a.csv:
            with atomic(a.csv) as tmp: table_.to_csv(tmp)
    print(table_.to_string())
    slow.cleanup()
    sys.exit(failed > 0)
