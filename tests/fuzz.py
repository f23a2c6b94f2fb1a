"""Damaged files in; the files' own content or our own errors out.

    python tests/fuzz.py [--n 100] [--seed 0] [--only jpeg,run.json] [--at 17] [--csv FILE]

Each input is made from the seed, its kind and its number alone. `--at` repeats one of them and shows its traceback. `--csv` keeps the
figures after each round of 250, and the same command resumes there; remove the file after a change of the code."""
import argparse, copy, gc, gzip, io, json, multiprocessing, os, shutil, signal, struct, sys, tarfile, tempfile, time, traceback, unicodedata, warnings, zipfile, zlib
import numpy as np
import pandas as pd
import torch
from dataclasses import asdict
from functools import cache
from pathlib import Path
from PIL import Image
from facerec_dls.alignment import Crops, CropSpec
from facerec_dls.ce import Embedder
from facerec_dls.core.files import atomic
from facerec_dls.core.identity import person_name
from facerec_dls.core.images import ImageError, load_image
from facerec_dls.core.settings import PRESETS, read_settings
from facerec_dls.data import ATTRIBUTES, BOX_COLS, CelebA, FaceSet, POINT_COLS
from facerec_dls.exchange.onnx import OnnxEmbedder, OnnxLandmarks
from facerec_dls.hourglass import StackedHourglass
from facerec_dls.metrics.calibration import Calibration
from facerec_dls.photos.fetch import unpack
from facerec_dls.photos.people import from_csv, from_folder, from_pairs
from facerec_dls.photos.scan import scan_images
from facerec_dls.recognizer import FaceRecognizer
from facerec_dls.reports.course import course_photos
from facerec_dls.run import Run

LIMIT = 60 # seconds for one input; more is a hang
ROOM = 12 # GB of addresses that a worker may ask for
ROUND = 250 # inputs of a kind before the next kind has its turn

# How files are damaged

ODD = ['', ' ', '0', '-1', '1e308', '1e999', 'nan', 'NaN', 'inf', 'null', 'None', 'True', '007', '1_000', '0x10', '٣', '²', '99999999999999999999', '1,5',
    ',', ';', '\t', '\n', '\r\n', '"', "'", '\0', '\ufeff', '\u3000', '\u200d', 'é', '../../x', '/etc/passwd', '~', '=1+1', '{}', '[]', 'x'*3000]
VALUES = [None, True, False, 0, -1, 1, 2, 3.5, 1e308, float('inf'), float('nan'), 2**70, '', 'x', 'celeba', 'x'*300, [], {}, [1], [[]], {'x': 1}, '../../x', 64, 1000000, -.5, '7']

def bytes_of(rng, n): return rng.integers(0, 256, n, np.uint8).tobytes()

def mutate_bytes(rng, data):
    "A few bytes changed, lost, doubled or added"
    data = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        n = len(data)
        if not n: return bytes_of(rng, 9)
        at, size = int(rng.integers(n)), int(min(rng.geometric(.03), n))
        match rng.integers(8):
            case 0 | 1: data[at] ^= 1 << int(rng.integers(8))
            case 2: data[at:at+4] = rng.choice([b'\0\0\0\0', b'\xff\xff\xff\xff', b'\x7f\xff\xff\xff', b'\x80\0\0\0', b'\0\0\0\1'])
            case 3: data[at:at+size] = b''
            case 4: data[at:at] = data[at:at+size]
            case 5: data[at:at] = bytes_of(rng, size)
            case 6: data[at:at+size] = bytes(size)
            case 7: del data[at:]
    return bytes(data)

def mutate_text(rng, data):
    "Words and lines of a text changed, lost or doubled"
    lines = data.decode('utf-8', 'surrogateescape').splitlines(True)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(len(lines)))
        line, odd = lines[at], str(rng.choice(ODD))
        seps = [k for k,c in enumerate(line) if c in ' ,;\t\n']
        a = int(rng.choice([0, *seps]))
        b = next((k for k in seps if k > a), len(line))
        match rng.integers(6):
            case 0: lines[at] = line[:a+(a>0)] + odd + line[b:]
            case 1: lines[at] = line[:a] + odd + line[a:]
            case 2: lines[at] = line[:a] + line[b:]
            case 3: lines.insert(at, lines[int(rng.integers(len(lines)))])
            case 4: lines[at] = ''
            case 5: rng.shuffle(lines)
    return ''.join(lines).encode('utf-8', 'surrogateescape')

def mutate_json(rng, data):
    "A value, a key or the nesting of a JSON text changed"
    top = [json.loads(data)]
    for _ in range(rng.integers(1, 3)):
        at, key = top, 0
        while isinstance(at[key], (dict, list)) and at[key] and rng.random() < .8: # walk down
            at = at[key]
            key = list(at)[rng.integers(len(at))] if isinstance(at, dict) else int(rng.integers(len(at)))
        value = copy.deepcopy(VALUES[rng.integers(len(VALUES))]) # or a list could come to hold itself
        match rng.integers(5):
            case 0 | 1: at[key] = value
            case 2 if at is not top: del at[key]
            case 3 if isinstance(at, dict): at[str(rng.choice(ODD))] = value
            case _: at[key] = [at[key]] if rng.random() < .5 else {'x': at[key]}
    return json.dumps(top[0]).encode()

def mutate_safetensors(rng, data):
    "The header of a safetensors file changed, its length kept right"
    n = struct.unpack('<Q', data[:8])[0]
    head = mutate_json(rng, data[8:8+n])
    return struct.pack('<Q', len(head)) + head + data[8+n:]

def mutate_exif(rng, data):
    "Only the EXIF block of a JPEG changed, its length kept right"
    n = struct.unpack('>H', data[4:6])[0]
    exif = mutate_bytes(rng, data[10:4+n])[:60000]
    return data[:4] + struct.pack('>H', len(exif)+8) + data[6:10] + exif + data[4+n:]

def mutate(rng, path):
    "Damage a file in the way of its kind, or byte by byte"
    data = path.read_bytes()
    own = {'.json': mutate_json, '.safetensors': mutate_safetensors, '.csv': mutate_text, '.txt': mutate_text}.get(path.suffix)
    if path.stem == 'exif': own = mutate_exif
    path.write_bytes((own if own and rng.random() < .7 else mutate_bytes)(rng, data))

# Kinds: `make` fills a folder and gives the files to damage; `read` must read them or say what is wrong

def picture(rng, mode='RGB', size=(48, 40)):
    "A smooth picture with noise"
    x = np.add.outer(np.linspace(0, 160, size[1]), np.linspace(0, 60, size[0]))[...,None] + rng.integers(0, 30, (size[1], size[0], 3))
    return Image.fromarray(x.astype(np.uint8)).convert(mode)

def exif_of():
    "Tags of many types"
    e = Image.Exif()
    e[0x112], e[0x10f], e[0x11a], e[0x132] = 6, 'maker', 72., '2026:01:01 00:00:00'
    e.get_ifd(0x8769).update({0x829a: .01, 0x9204: -1., 0x9286: b'UNICODE\0hello', 0xa002: 48})
    e.get_ifd(0x8825).update({1: 'N', 2: (1., 2., 3.), 6: 12.})
    return e

SAVES = {'jpeg': [('RGB', {}), ('RGB', dict(progressive=True, quality=60)), ('L', {}), ('CMYK', {}), ('RGB', dict(subsampling=2, restart_marker_rows=1))],
    'png': [('RGB', {}), ('RGBA', {}), ('P', {}), ('L', dict(optimize=True)), ('1', {}), ('I;16', {})],
    'webp': [('RGB', {}), ('RGB', dict(lossless=True)), ('RGBA', {})], 'avif': [('RGB', {}), ('RGBA', dict(quality=40))],
    'tiff': [('RGB', {}), ('RGB', dict(compression='tiff_lzw')), ('RGB', dict(compression='jpeg')), ('L', dict(compression='tiff_deflate')), ('1', dict(compression='group4')), ('CMYK', {})],
    'gif': [('P', {})], 'bmp': [('RGB', {})], 'jp2': [('RGB', {})], 'exif': [('RGB', {})]}

def make_pictures(kind):
    "Pictures of one format in several modes"
    def make(top, rng):
        files = []
        for k,(mode,kw) in enumerate(SAVES[kind]):
            files.append(top/('exif.jpg' if kind == 'exif' else f'{kind}{k}.{kind}'))
            im = Image.fromarray(np.asarray(picture(rng, 'L'), np.uint16)*257) if mode == 'I;16' else picture(rng, mode)
            fmt = dict(exif='JPEG', jp2='JPEG2000').get(kind, kind.upper())
            im.save(files[-1], fmt, **kw, **(dict(exif=exif_of()) if kind == 'exif' else {}))
        return files
    return make

@cache
def alone(top, name): # a table of one photo
    return FaceSet(pd.DataFrame({'identity': ['p']}, [name]), top)

def read_picture(top, file):
    "As RGB, and the audit must come to the same verdict"
    try: img = load_image(file)
    except ImageError as e: img = e
    looks = scan_images(alone(top, file.name), 1, False).files
    if (looks.fault.iloc[0] in ('', 'blank')) != isinstance(img, np.ndarray): raise AssertionError(f'the audit says {looks.iloc[0].tolist()}, load_image {img!r:.200}')
    if isinstance(img, Exception): raise img
    assert img.dtype == np.uint8 and img.ndim == 3 and img.shape[2] == 3

def check_faces(photos):
    "A table as promised"
    f = photos.faces
    assert all(isinstance(v, str) for v in (*f.index, *f.identity)) and (f[[*BOX_COLS, *POINT_COLS]].dtypes == np.float32).all(), f.dtypes

def faces_table(n=12):
    "A table of faces with boxes and points"
    rng = np.random.default_rng(0)
    cols = {c: rng.integers(1, 99, n).astype(np.float32) for c in (*BOX_COLS, *POINT_COLS)}
    return pd.DataFrame(dict(identity=[f'folder/{k//4:03d}' for k in range(n)], **cols), [f'{k//4:03d}/{k:06d}.jpg' for k in range(n)])

def make_celeba(top, rng):
    "All tables of CelebA, two of them as CSV, one gzipped"
    ids, files = [f'{k:06d}.jpg' for k in range(1, 13)], []
    tables = dict(identity_CelebA=(None, rng.integers(1, 4, (12, 1))), list_attr_celeba=(ATTRIBUTES, rng.choice([-1, 1], (12, 40))), list_bbox_celeba=(BOX_COLS, rng.integers(1, 99, (12, 4))),
        list_landmarks_celeba=(POINT_COLS, rng.integers(1, 99, (12, 10))), list_eval_partition=(None, rng.integers(0, 3, (12, 1))))
    for k,(name,(cols,rows)) in enumerate(tables.items()):
        sep = ',' if k in (2, 4) else ' '
        head = [] if cols is None else (['12'] if sep == ' ' else []) + [sep.join([*['image_id']*(sep == ','), *cols])]
        text = '\n'.join([*head, *(sep.join([i, *map(str, r)]) for i,r in zip(ids, rows))]) + '\n'
        files.append(top/f'{name}{".csv" if sep == "," else ".txt"}{".gz" if k == 3 else ""}')
        files[-1].write_bytes(gzip.compress(text.encode()) if k == 3 else text.encode())
    return files

def make_faces(top, rng):
    "A saved FaceSet"
    FaceSet(faces_table(), top, pd.DataFrame(dict(image_id=['x.jpg'], reason=['no face']))).save(top/'set')
    return [top/'set'/n for n in ('faces.csv', 'faces.csv', 'excluded.csv', 'photos.json')]

def make_people(top, rng):
    "A folder for each person, a CSV and a list of pairs"
    for p in ('Ann', '007', 'Bo Li'):
        (top/p).mkdir()
        for k in range(1, 4): picture(rng).save(top/p/f'{p}_{k:04d}.jpg')
    rows = [f'{p}/{p}_{k:04d}.jpg,{p},{k},2,30,30' for p in ('Ann', '007', 'Bo Li') for k in (1, 2, 3)]
    (top/'people.csv').write_text('image_id,identity,x_1,y_1,width,height\n' + '\n'.join(rows) + '\n')
    (top/'pairs.txt').write_text('2 1\nAnn\t1\t2\nAnn\t1\t007\t2\n007\t1\t3\nBo Li\t1\t007\t1\n')
    return top

def make_calibration(top, rng):
    return [Calibration('isotonic', {.1: .3, .01: .5}, dict(cosine=[-.1, .2, .6], probability=[0., .4, 1.]), .5, 100, 900, ('ab12',)).save(top/'calibration.json')]

def read_calibration(top, file):
    p = Calibration.load(file).probability([-1., 0., .3, 1.])
    assert np.isfinite(p).all() and (0 <= p).all() and (p <= 1).all(), p

def make_recognizer(*names):
    "A small whole recognizer, and the files of it to damage"
    def make(top, rng):
        calibration = Calibration.load(make_calibration(top, rng)[0])
        rec = FaceRecognizer(StackedHourglass(n_stacks=1, channels=4, depth=1, size=16).eval(), Embedder('resnet10', 8, 16, width=.0625).eval(), 'sliding', .3, .01, 'fuzz', calibration)
        rec.save_pretrained(top/'rec')
        return [top/'rec'/n for n in names]
    return make

def read_recognizer(top, file): FaceRecognizer.from_pretrained(top/'rec')

def graph(shape, output, file): # a network in ONNX of which only the shape is right
    from onnx import TensorProto, helper, numpy_helper, save
    size, flat = 16, int(np.prod(shape))
    weights = [numpy_helper.from_array(np.arange(flat, dtype=np.int64), 'where'), numpy_helper.from_array(np.array([0, -1], np.int64), 'rows'), numpy_helper.from_array(np.array([0, *shape], np.int64), 'shape')]
    nodes = [helper.make_node('Cast', ['crops'], ['x'], to=TensorProto.FLOAT), helper.make_node('Reshape', ['x', 'rows'], ['pixels']),
        helper.make_node('Gather', ['pixels', 'where'], ['some'], axis=1), helper.make_node('Reshape', ['some', 'shape'], [output])]
    ends = [[helper.make_tensor_value_info(n, t, [1, *o])] for n,t,o in (('crops', TensorProto.UINT8, (size, size, 3)), (output, TensorProto.FLOAT, shape))]
    save(helper.make_model(helper.make_graph(nodes, 'any', *ends, weights), opset_imports=[helper.make_opsetid('', 17)], ir_version=8), file)

def make_exported(top, rng):
    "A recognizer with its networks in ONNX"
    graph((5, 8, 8), 'maps', top/'maps.onnx'), graph((8,), 'embedding', top/'embedding.onnx')
    FaceRecognizer(OnnxLandmarks(top/'maps.onnx'), OnnxEmbedder(top/'embedding.onnx', CropSpec(16)), 'sliding', .3, .01, 'fuzz').save_pretrained(top/'rec')
    return [top/'rec'/part/n for part in ('embedder', 'landmarks') for n in ('config.json', 'config.json', 'model.onnx')]

def make_course(top, rng):
    "The tables of the course"
    ids = [f'{k:06d}.jpg' for k in range(1, 7)]
    (top/'identity_CelebA.txt').write_text(''.join(f'{i} {k//2}\n' for k,i in enumerate(ids)))
    (top/'course_split.csv').write_text('image_id,split\n' + ''.join(f"{i},{('train', 'valid', 'test')[k%3]}\n" for k,i in enumerate(ids)))
    for d in ('identification/query', 'identification/distractors', 'Img/img_align_celeba'): (top/d).mkdir(parents=True)
    for i in ids: (top/'Img'/'img_align_celeba'/i).touch()
    (top/'identification'/'query.csv').write_text('img,id\n' + ''.join(f'q{k}.jpg,{k//2}\n' for k in range(4)))
    return [top/'course_split.csv', top/'identification'/'query.csv', top/'identity_CelebA.txt']

def make_run(top, rng):
    Run(top/'run', read_settings(['heads=pixels,arcface', 'heads.width=.25', 'heads.arch=resnet18'], PRESETS['quick']), progress=False)
    return [top/'run'/'run.json']

def read_run(top, file):
    run = Run(top/'run', progress=False)
    for step,head in run.steps: run.changes(step, head)
    run.check_files()

def make_crops(top, rng):
    "A saved set of crops"
    crops = Crops(faces_table().assign(split='test'), rng.integers(0, 256, (12, 16, 16, 3), np.uint8), CropSpec(16))
    crops.save(top/'crops')
    return [top/'crops'/n for n in ('faces.csv', 'excluded.csv', 'align.json', 'rows.npy', 'crops.npy')]

def read_crops(top, file):
    crops = Crops.load(top/'crops')
    assert crops.read(slice(0, 3)).dtype == np.uint8
    crops.images, crops.identities

def make_archives(top, rng):
    "A zip and two tars"
    make_people(top/'in', rng) if (top/'in').mkdir() is None else None
    files = sorted(f for f in (top/'in').rglob('*') if f.is_file())
    for f in files: os.utime(f, (1e9, 1e9)) # the same bytes whenever it is made
    with zipfile.ZipFile(top/'a.zip', 'w', zipfile.ZIP_DEFLATED) as z: [z.write(f, f.relative_to(top/'in')) for f in files]
    with tarfile.open(top/'a.tar', 'w') as t: [t.add(f, f.relative_to(top/'in').as_posix()) for f in files[:4]]
    (top/'a.tar.gz').write_bytes(gzip.compress((top/'a.tar').read_bytes(), mtime=0))
    return [top/n for n in ('a.zip', 'a.tar', 'a.tar.gz')]

def read_archive(top, file):
    try: unpack(file, top/'out', progress=False)
    finally: shutil.rmtree(top/'out', ignore_errors=True)
    assert sorted(p.name for p in top.iterdir()) == ['a.tar', 'a.tar.gz', 'a.zip', 'in'] # nothing went elsewhere

def odd_name(rng):
    "A name of any letters, some of them odd"
    parts = [rng.choice(['Ann', '007', '7', '1e3', 'NA', 'null', 'True', 'None', '-0', 'é', 'e\u0301', '山田\u3000太郎', 'क्\u200dष', '👨\u200d👩\u200d👧', 'علی', ' ', '.', ',', ';', '"', "'", '\\', '%', '#', '~', '$HOME', '*', ':', '\n', '\t', '\x7f', '\u202e', '\xa0', '\ud800', '\udcff', 'x'*40, '{name}', '=1+1', '\r', '\u2028', '\x85', '\ufeff']) for _ in range(rng.integers(1, 4))]
    parts += [chr(c) for c in rng.integers(33, 0x2fff, rng.integers(0, 3))]
    rng.shuffle(parts)
    return ''.join(parts)

def make_names(top, rng): return [top]

def read_names(top, rng):
    "People of odd names: each a person or named among those left out, the same after save and load"
    wanted = {}
    for _ in range(4):
        name = odd_name(rng)
        if name in ('.', '..') or '/' in name: continue
        try: os.mkdir(top/'in'/name) if (top/'in').is_dir() else os.makedirs(top/'in'/name)
        except (OSError, UnicodeError, ValueError): continue # no name for this file system
        shutil.copy(top/'1.jpg', top/'in'/name/'1.jpg')
        wanted[name] = 'folder/' + unicodedata.normalize('NFC', name)
    if not wanted: return
    try: photos = from_folder(top/'in')
    except FileNotFoundError as e:
        assert 'cannot be read' in str(e) or 'hidden' in str(e), e
        return
    out = {i.split('/')[0] for i in photos.excluded.image_id}
    shown = {os.fsencode(n).decode('utf-8', 'backslashreplace'): p for n,p in wanted.items()}
    assert set(photos.faces.identity) == {p for n,p in shown.items() if n not in out}, (wanted, photos.faces.identity.tolist(), out)
    for path in (top/'set', top/'set.csv'):
        again = FaceSet.load(photos.save(path))
        pd.testing.assert_frame_equal(again.faces, photos.faces)
        if path.suffix != '.csv': pd.testing.assert_frame_equal(again.excluded, photos.excluded)
        assert path.suffix == '.csv' or all(again.path(i).is_file() for i in again.faces.index)
    assert [person_name(p) for p in photos.faces.identity] == [p.removeprefix('folder/') for p in photos.faces.identity]

def make_settings(top, rng): return [top]

def read_settings_text(top, rng):
    "A setting of a known name, or nearly, with an odd value"
    names = ['seed', 'people', 'valid', 'fpr', 'points', 'rule', 'crop.size', 'crop.template', 'landmarks.epochs', 'landmarks.lr', 'landmarks.train', 'heads', 'heads.bs', 'heads.lr', 'heads.arcface.margin', 'heads.sizes', 'heads.weights', 'heads.x.lr', 'x', '', 'heads.', 'landmarks', 'crop', 'data']
    settings = [f'{rng.choice(names)}{rng.choice(["=", "=", "=", "", "=="])}{rng.choice([*ODD, "ce,arcface", "arcface,arcface", "3", ".5", "sgd", "true", "none"])}' for _ in range(rng.integers(1, 4))]
    try: config = read_settings(settings, PRESETS['quick'])
    except ValueError as e:
        assert 'setting' in str(e), e
        return
    assert read_settings([], type(config)(**json.loads(json.dumps(asdict(config))))) == config, settings

KINDS = {k: (make_pictures(k), read_picture) for k in SAVES} | {
    'tables of CelebA': (make_celeba, lambda top, file: check_faces(CelebA(top))),
    'saved tables': (make_faces, lambda top, file: check_faces(FaceSet.load(top/'set'))),
    'people.csv': (lambda top, rng: [make_people(top, rng)/'people.csv'], lambda top, file: check_faces(from_csv(file, top))),
    'pairs.txt': (lambda top, rng: [make_people(top, rng)/'pairs.txt'], lambda top, file: check_faces(from_pairs(file, top))),
    'calibration.json': (make_calibration, read_calibration),
    'config.json': (make_recognizer('embedder/config.json', 'landmarks/config.json', 'recognizer.json'), read_recognizer),
    'safetensors': (make_recognizer('embedder/model.safetensors', 'landmarks/model.safetensors'), read_recognizer),
    'onnx': (make_exported, read_recognizer), 'tables of the course': (make_course, lambda top, file: check_faces(course_photos(top))),
    'run.json': (make_run, read_run), 'crops': (make_crops, read_crops), 'archives': (make_archives, read_archive),
    'names': (make_names, read_names), 'settings': (make_settings, read_settings_text)}

# One input, many inputs

def one(kind, top, files, seed, k):
    "'read', 'refused', or an exception that is none of ours"
    rng = np.random.default_rng([seed, zlib.crc32(kind.encode()), k])
    if files == [top]: return KINDS[kind][1](top, rng) or 'read'
    file = files[rng.integers(len(files))]
    good = file.read_bytes()
    try:
        mutate(rng, file)
        KINDS[kind][1](top, file)
        return 'read'
    except (ValueError, OSError) as e: # what the command prints in one line
        ours = file.name in str(e) or str(file.parent) in str(e) or kind == 'run.json' and 'setting' in str(e)
        if not ours: raise AssertionError(f'{type(e).__name__} that names no file or setting: {e}') from e
        return 'refused'
    finally: file.write_bytes(good)

def memory(): # MB of this process
    gc.collect()
    return int(Path('/proc/self/statm').read_text().split()[1])*os.sysconf('SC_PAGE_SIZE')/1e6 if sys.platform == 'linux' else 0.

def fresh(kind, seed):
    "A folder with the files of a kind"
    top = Path(tempfile.mkdtemp(prefix='fuzz')).resolve()
    if kind == 'names': picture(np.random.default_rng(0)).save(top/'1.jpg')
    return top, KINDS[kind][0](top, np.random.default_rng(seed))

def work(kind, seed, start, n, at, pipe):
    "In a worker: one input after the other"
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (ROOM<<30,)*2)
    warnings.simplefilter('ignore')
    for fd in (1, 2): os.dup2(os.open(os.devnull, os.O_WRONLY), fd) # decoders of C write there
    top, files = fresh(kind, seed)
    found, slowest, before, settle = dict(read=0, refused=0), (0., start), 0., min(start + max((n - start)//5, 1), n - 1)
    try:
        for k in range(start, n):
            at.value, t = k, time.perf_counter()
            try: found[one(kind, top, files, seed, k)] += 1
            except BaseException as e: pipe.send((k, f'{type(e).__name__}: {e}'[:400]))
            slowest = max(slowest, (time.perf_counter() - t, k))
            if kind == 'names':
                for p in top.iterdir(): p.name == '1.jpg' or (shutil.rmtree(p) if p.is_dir() else p.unlink())
            if k == settle: before = memory()
        pipe.send(dict(found, slowest=slowest[0], growth=memory() - before))
    finally: shutil.rmtree(top, ignore_errors=True)

def fuzz(kind, start, n, seed):
    "What became of inputs start to n: a row of the table, and what is wrong"
    row, wrong, t0 = dict(inputs=n - start, read=0, refused=0, wrong=0, hung=0, crashed=0, slowest=0., growth=0.), [], time.perf_counter()
    fork = multiprocessing.get_context('fork')
    while start < n:
        at, (ours, theirs) = fork.Value('l', start), fork.Pipe(False)
        p = fork.Process(target=work, args=(kind, seed, start, n, at, theirs))
        p.start(); theirs.close()
        seen, since, done = start, time.perf_counter(), False
        while True:
            try:
                while ours.poll(.2):
                    m = ours.recv()
                    if isinstance(m, dict):
                        done = True
                        for k in ('read', 'refused'): row[k] += m[k]
                        row['slowest'], row['growth'] = max(row['slowest'], m['slowest']), max(row['growth'], m['growth'])
                    else: wrong.append(m)
            except EOFError: break
            if at.value != seen: seen, since = at.value, time.perf_counter()
            if time.perf_counter() - since > LIMIT: p.kill()
        p.join()
        if done: break
        wrong.append((at.value, 'a hang' if p.exitcode == -signal.SIGKILL else f'a crash, exit status {p.exitcode}'))
        row['hung' if p.exitcode == -signal.SIGKILL else 'crashed'] += 1
        start = at.value + 1
    row['wrong'] = len(wrong) - row['hung'] - row['crashed']
    return row | dict(seconds=time.perf_counter() - t0), wrong

def repeat(kind, seed, k):
    "One input again, with its traceback"
    top, files = fresh(kind, seed)
    try: print(one(kind, top, files, seed, k))
    except BaseException: traceback.print_exc()
    finally: print(top)

if __name__ == '__main__':
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('--n', type=int, default=100); a.add_argument('--seed', type=int, default=0); a.add_argument('--only', default=','.join(KINDS))
    a.add_argument('--at', type=int); a.add_argument('--csv')
    a = a.parse_args()
    torch.set_num_threads(1); gc.freeze() # workers need not look at what is imported
    if a.at is not None: sys.exit(repeat(a.only, a.seed, a.at))
    counts, most = ['inputs', 'read', 'refused', 'wrong', 'hung', 'crashed'], ['slowest', 'growth']
    kinds = a.only.split(',')
    rows = pd.read_csv(a.csv, index_col=0).T.to_dict() if a.csv and Path(a.csv).is_file() else {}
    while todo := [k for k in kinds if rows.get(k, {}).get('inputs', 0) < a.n]:
        for kind in todo:
            before = rows.get(kind) or dict.fromkeys([*counts, *most, 'seconds'], 0)
            done, wrong = fuzz(kind, start := int(before['inputs']), min(start + ROUND, a.n), a.seed)
            rows[kind] = {c: (max if c in most else sum)((before[c], v)) for c,v in done.items()}
            for k,what in wrong[:20]: print(f'{kind} {k}: {what}', flush=True)
            print(kind, {k: round(v, 2) for k,v in rows[kind].items()}, file=sys.stderr, flush=True)
            table = pd.DataFrame(rows).T.rename_axis('kind').astype(dict.fromkeys(counts, int)).round(dict(slowest=2, growth=1, seconds=1))
            if a.csv:
                with atomic(a.csv) as tmp: table.to_csv(tmp)
    print(table.to_string())
    sys.exit(int(table.loc[kinds, ['wrong', 'hung', 'crashed']].sum().sum()) > 0)
