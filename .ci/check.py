"What CI checks besides the README's two commands: `check.py source|imports|wheel|count ...`"
import ast, json, re, subprocess, sys, zipfile
from configparser import ConfigParser
from pathlib import Path

from order import faults

BANNED = [r'weights_only\s*=\s*False', r'\bload_learner\b', r'(?<!onnx)\.export\(', r'^\s*(import|from)\s+pickle\b', r'\btorch\.save\(']

def mixed(cell):
    "Does a lesson cell hold an import and other code? The docs build would run it, without the cells before it"
    text = ''.join(cell['source'])
    if cell['cell_type'] != 'code' or 'nbdev_export()' in text or re.search(r'^#\|\s*(export|exports|eval:\s*false)\b', text, re.M): return False
    tree, imports = ast.parse(text), (ast.Import, ast.ImportFrom)
    return any(isinstance(n, imports) for n in ast.walk(tree)) and not all(isinstance(n, imports) for n in tree.body)

def backticks(cell):
    "Lines of exported code with a backtick in a docment: nbdev makes raw links of them"
    text = ''.join(cell['source'])
    if cell['cell_type'] != 'code' or not re.search(r'^#\|\s*exports?\b', text, re.M): return []
    return [l.strip() for l in text.splitlines() if re.search(r'^(\s+\w+|\)|def (?!_))[^#"\']*[:=,][^#"\']*# [^#]*`', l)]

def stale(cell):
    "Does a cell show the value of a last line that has none? Its output is of an earlier version"
    shown = any(o.get('output_type') == 'execute_result' for o in cell.get('outputs', []))
    if not shown or re.search(r'^\s*[!%]', text := ''.join(cell['source']), re.M): return False
    last = ast.parse(text).body[-1]
    test = isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and getattr(last.value.func, 'id', '').startswith('test_')
    return test or not isinstance(last, ast.Expr) or text.rstrip().endswith(';')

def options(cell):
    "Lines of cell options that YAML cannot read: Quarto stops at a bare ': '"
    return [l for l in ''.join(cell['source']).splitlines() if re.search(r'^#\|\s*[\w-]+:\s+[^"\'\[{\s].*(: | #)', l)]

def colab(path, top, cfg):
    "What the link to Colab and the install cell of a notebook must say, from settings.ini"
    page = f"https://colab.research.google.com/github/{cfg['user']}/{cfg['repo']}/blob/{cfg['branch']}/{path.relative_to(top).as_posix()}"
    return f'({page})', 'pip install -qq', f"git+{cfg['git_url']}\""

def unlinked(text):
    "Names of notebooks in prose that are no links, such as photos/04_people"
    bare = re.sub(r'\[[^\]]*\]\([^)]*\)|```.*?```|^    .*$', ' ', text, flags=re.S|re.M)
    return re.findall(r'(?<![\w/.-])(?:[a-z]+/)?\d\d_[a-z]\w+', bare)

def too_new(path):
    "Lines that Python 3.10 cannot read although a newer ast, asked for 3.10, does: a star within square brackets"
    tree = ast.parse(path.read_text(), feature_version=(3, 10))
    return [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Tuple) and any(isinstance(e, ast.Starred) for e in n.slice.elts)]

def source(top):
    "Imports go one way and stand alone; no pickle in or out; every cell has an id; one module for each notebook"
    errors, lib, nbs = list(faults(top)), Path(top)/'facerec_dls', Path(top)/'nbs'
    for p in sorted(lib.rglob('*.py')):
        errors += [f'{p}: line {k} needs Python 3.11' for k in too_new(p)]
        if not p.name.startswith('_'): errors += [f'{p}: matches {b}' for b in BANNED if re.search(b, p.read_text(), re.M)]
    errors += [f'{p}: a pickle' for p in Path(top).rglob('*') if p.suffix in ('.pkl', '.pickle', '.pth', '.pt') and '.git' not in p.parts]
    sidebar, config = (nbs/'sidebar.yml').read_text(), ConfigParser(delimiters=['='])
    config.read(Path(top)/'settings.ini', encoding='utf-8')
    if f"\nversion: {config['DEFAULT']['version']}\n" not in (Path(top)/'CITATION.cff').read_text(): errors.append('CITATION.cff: not the version of settings.ini')
    for p in sorted(nbs.rglob('*.ipynb')):
        cells = json.loads(p.read_text())['cells']
        text = [''.join(c['source']) for c in cells]
        if f'- {p.relative_to(nbs).as_posix()}\n' not in sidebar: errors.append(f'{p}: not in nbs/sidebar.yml')
        errors += [f'{p}: {o} is missing' for o in colab(p, top, config['DEFAULT']) if not any(o in t for t in text)]
        errors += [f'{p}: a backtick within a link, in {t[:60]!r}' for c,t in zip(cells, text) if c['cell_type'] == 'markdown' and re.search(r'\[[^\]\n]*`[^\]\n]*\]\(', t)]
        errors += [f'{p}: the notebook {n} is named without a link' for c,t in zip(cells, text) if c['cell_type'] == 'markdown' for n in unlinked(t)]
        if p.stat().st_size > 4e5: errors.append(f'{p}: more than 400 kB; run python .ci/outputs.py, or draw fewer pictures')
        errors += [f'{p}: cell {i} has no id' for i,c in enumerate(cells) if not c.get('id')]
        errors += [f'{p}: cell {i} holds an import and other code' for i,c in enumerate(cells) if mixed(c)]
        errors += [f'{p}: cell {i} shows a value that it does not have; run it again' for i,c in enumerate(cells) if stale(c)]
        errors += [f'{p}: cell {i} ends in an error' for i,c in enumerate(cells) for o in c.get('outputs', []) if o.get('output_type') == 'error']
        errors += [f'{p}: cell {i} shows a warning or a bar; run python .ci/outputs.py' for i,c in enumerate(cells) for o in c.get('outputs', []) if o.get('name') == 'stderr']
        errors += [f'{p}: cell {i} exports to another module' for i,t in enumerate(text) if re.search(r'^#\|\s*exports?[ \t]+\w', t, re.M)]
        errors += [f'{p}: a backtick in the docment of {l!r}' for c in cells for l in backticks(c)]
        errors += [f'{p}: put quotes round {l!r}' for c in cells if c['cell_type'] == 'code' for l in options(c)]
        exported, home = any(re.search(r'^#\|\s*exports?\b', t, re.M) for t in text), [t for t in text if '#| default_exp' in t]
        if exported != (len(home) == 1): errors.append(f'{p}: a notebook that exports has one default_exp, any other has none')
    if errors: sys.exit('\n'.join(errors))

def imports(top):
    "Inference does not import fastai, and the package imports nothing heavy"
    code = "import sys, facerec_dls; assert not {'torch','cv2'} & set(sys.modules); import facerec_dls.recognizer; assert not {'fastai','facerec_dls.synthetic','sklearn'} & set(sys.modules)"
    subprocess.run([sys.executable, '-c', code], cwd=top, check=True)

def wheel(folder):
    "One wheel, at most 40 MB, with weights, typing marker and terms; its description shows pictures anywhere"
    file, = Path(folder).glob('*.whl')
    with zipfile.ZipFile(file) as z:
        names = z.namelist()
        meta = z.read(next(n for n in names if n.endswith('.dist-info/METADATA'))).decode()
    missing = [n for n in ('py.typed', '__main__.py', 'weights/LICENSE.md', 'weights/embedder_celeba/model.safetensors', 'templates/report.html') if f'facerec_dls/{n}' not in names]
    if missing or file.stat().st_size > 40e6 or re.search(r'[("]index_files/', meta): sys.exit(f'{file.name}: {file.stat().st_size/1e6:.1f} MB, without {missing}, or a picture of the README has no full address')
    print(f'{file.name}: {file.stat().st_size/1e6:.1f} MB, {len(names)} files')

def count(log, rc):
    "The closing line: how many notebooks passed and failed"
    text = Path(log).read_text()
    total = len([p for p in Path('nbs').rglob('*.ipynb') if not p.name.startswith('_')])
    failed = text.rpartition('Failed On The Following Notebooks:')[2].count('.ipynb') if rc != '0' else 0
    if rc != '0' and not failed: failed = total
    print(f'{total - failed} passed, {failed} failed')

if __name__ == '__main__': globals()[sys.argv[1]](*sys.argv[2:])
