"Imports go one way: to a lower floor, or to a lower number in the same wing; no private name crosses a module. `order.py [ROOT]`"
import ast, re, sys
from pathlib import Path

FLOORS = [['core'], ['data', 'alignment', 'ce'], ['arcface', 'evaluation', 'photos'], ['hourglass', 'synthetic', 'heads'], ['metrics', 'course', 'exchange', 'vectors'], ['training'],
    ['landmarks'], ['recognizer'], ['gallery', 'reports'], ['albums', 'run'], ['demo'], ['cli']]

def modules(top):
    "{module: path of its notebook without ending}, from `nbs`"
    nbs = Path(top)/'nbs'
    return {'.'.join(re.sub(r'^\d+_', '', p) for p in f.relative_to(nbs).with_suffix('').parts): f.relative_to(nbs).with_suffix('').as_posix() for f in nbs.rglob('*.ipynb')}

def imported(path, lib):
    "(module, names) of each import of the package in a file, wherever it stands"
    parts = path.relative_to(lib).with_suffix('').parts
    for n in ast.walk(ast.parse(path.read_text())):
        if isinstance(n, ast.ImportFrom):
            base = list(parts[:-1])[:len(parts) - n.level] if n.level else None
            name = '.'.join([*base, *([n.module] if n.module else [])]) if n.level else (n.module or '')
            if not n.level and not name.startswith('facerec_dls'): continue
            yield name.removeprefix('facerec_dls').lstrip('.'), [a.name for a in n.names]
        elif isinstance(n, ast.Import):
            yield from ((a.name.removeprefix('facerec_dls.'), []) for a in n.names if a.name.startswith('facerec_dls.'))

def faults(top):
    "A line for each import that goes the wrong way or takes a private name, and for each module without its notebook"
    lib, at = Path(top)/'facerec_dls', modules(top)
    floor = {wing: i for i,wings in enumerate(FLOORS) for wing in wings}
    def place(m): return floor[m.split('.')[0]], at[m]
    for p in sorted(lib.rglob('*.py')):
        if p.name.startswith('_'): continue
        m = '.'.join(p.relative_to(lib).with_suffix('').parts)
        if m not in at or m.split('.')[0] not in floor: yield f'{p}: no notebook of that path, or no floor in .ci/order.py'; continue
        for other,names in imported(p, lib):
            if (other, names) == ('', ['__version__']): continue
            if other not in at: yield f'{m} imports {other or names}, which is no module'; continue
            if place(other) >= place(m): yield f'{m} imports {other} ({", ".join(names)}): not on a lower floor, nor a lower number of its wing'
            yield from (f'{m} imports the private {n} of {other}' for n in names if n.startswith('_'))

if __name__ == '__main__':
    found = list(faults(sys.argv[1] if len(sys.argv) > 1 else '.'))
    if found: sys.exit('\n'.join(found))
