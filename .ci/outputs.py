"Outputs of notebooks as the site shows them: `outputs.py [NOTEBOOK ...]` drops warnings and bars, and saves pictures as `core.images.encode_figure` does; without names, all of them"
import base64, json, sys
from pathlib import Path

from facerec_dls.core.images import encode_figure

def shrink(output):
    "Encode the PNG of an output again, where that saves a tenth; bytes saved"
    old = ''.join(output.get('data', {}).get('image/png', []))
    if not old: return 0
    kind, data = encode_figure(base64.b64decode(old))
    new = base64.b64encode(data).decode()
    if len(new) > .9*len(old): return 0
    size = output['metadata'].pop('image/png', None)
    del output['data']['image/png']
    output['data'][kind] = new
    if size: output['metadata'][kind] = size
    return len(old) - len(new)

if __name__ == '__main__':
    for file in map(Path, sys.argv[1:] or sorted(Path('nbs').rglob('*.ipynb'))):
        nb = json.loads(file.read_text())
        saved, before = sum(shrink(o) for c in nb['cells'] for o in c.get('outputs', [])), json.dumps(nb)
        for c in nb['cells']:
            if c['cell_type'] == 'code': c['outputs'] = [o for o in c['outputs'] if o.get('name') != 'stderr']
        if not saved and json.dumps(nb) == before: continue
        file.write_text(json.dumps(nb, indent=1, ensure_ascii=False, sort_keys=True) + '\n')
        print(f'{file}: written, pictures {saved//1000} kB less')
