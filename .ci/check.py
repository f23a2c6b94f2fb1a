"What CI checks besides the README's two commands: `check.py source|imports|count ...`"
import ast, json, re, subprocess, sys
from pathlib import Path

HOUSE = 'download data synthetic detection hourglass alignment ce arcface triplet evaluation pipeline run'.split()
BANNED = [r'weights_only\s*=\s*False', r'\bload_learner\b', r'\.export\(', r'^\s*(import|from)\s+pickle\b', r'\btorch\.save\(']

def imported(path):
    "Modules of the package that a module imports, wherever in the file"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            name = node.module or ''
            if node.level: name = f'facerec_dls.{name}'.rstrip('.')
            if name == 'facerec_dls': yield from (a.name for a in node.names)
            elif name.startswith('facerec_dls.'): yield name.split('.')[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split('.')[1] for a in node.names if a.name.startswith('facerec_dls.'))

def mixed(cell):
    "Does a lesson cell hold an import and other code? The docs build would run it, without the cells before it"
    text = ''.join(cell['source'])
    if cell['cell_type'] != 'code' or 'nbdev_export()' in text or re.search(r'^#\|\s*(export|exports|eval:\s*false)\b', text, re.M): return False
    tree, imports = ast.parse(text), (ast.Import, ast.ImportFrom)
    return any(isinstance(n, imports) for n in ast.walk(tree)) and not all(isinstance(n, imports) for n in tree.body)

def source(top):
    "Imports go one way and stand alone; no pickle in or out; every cell has an id"
    errors, lib = [], Path(top)/'facerec_dls'
    for p in sorted(lib.glob('*.py')):
        if p.stem.startswith('_'): continue
        if p.stem not in HOUSE: errors.append(f'{p}: not in the house of CONTRIBUTING.md'); continue
        errors += [f'{p}: imports {m}, which is not above it' for m in imported(p) if m not in HOUSE[:HOUSE.index(p.stem)]]
        errors += [f'{p}: matches {b}' for b in BANNED if re.search(b, p.read_text(), re.M)]
    errors += [f'{p}: a pickle' for p in Path(top).rglob('*') if p.suffix in ('.pkl', '.pickle', '.pth', '.pt') and '.git' not in p.parts]
    for p in sorted((Path(top)/'nbs').glob('*.ipynb')):
        cells = json.loads(p.read_text())['cells']
        errors += [f'{p}: cell {i} has no id' for i,c in enumerate(cells) if not c.get('id')]
        errors += [f'{p}: cell {i} holds an import and other code' for i,c in enumerate(cells) if mixed(c)]
        errors += [f'{p}: cell {i} ends in an error' for i,c in enumerate(cells) for o in c.get('outputs', []) if o.get('output_type') == 'error']
    if errors: sys.exit('\n'.join(errors))

def imports(top):
    "Inference does not import fastai, and the package imports nothing heavy"
    code = "import sys, facerec_dls; assert not {'torch','cv2'} & set(sys.modules); import facerec_dls.pipeline; assert 'fastai' not in sys.modules"
    subprocess.run([sys.executable, '-c', code], cwd=top, check=True)

def count(log, rc):
    "The closing line: how many notebooks passed and failed"
    text = Path(log).read_text()
    total = len([p for p in Path('nbs').glob('*.ipynb') if not p.name.startswith('_')])
    failed = text.rpartition('Failed On The Following Notebooks:')[2].count('.ipynb') if rc != '0' else 0
    if rc != '0' and not failed: failed = total
    print(f'{total - failed} passed, {failed} failed')

if __name__ == '__main__': globals()[sys.argv[1]](*sys.argv[2:])
