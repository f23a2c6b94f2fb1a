"nbs/llms.txt, the site's table of contents for language models (llmstxt.org), from sidebar and notebooks; `llms.py --check` only compares"
import json, re, sys
from configparser import ConfigParser
from pathlib import Path

import yaml

TOP = Path(__file__).parent.parent
cfg = ConfigParser(delimiters=['='])
cfg.read(TOP/'settings.ini', encoding='utf-8')
cfg = cfg['DEFAULT']

def entry(path):
    "A line for the page of a notebook: its title, its address and what it says of itself"
    cells = json.loads((TOP/'nbs'/path).read_text())['cells']
    head = next(t for c in cells if c['cell_type'] == 'markdown' and (t := ''.join(c['source'])).startswith('# '))
    title, line = re.match(r'# (.*)\n+> (.*)', head).groups()
    page = '/'.join(re.sub(r'^\d+_', '', p) for p in Path(path).with_suffix('.html').parts)
    return f"- [{title}]({cfg['doc_host']}{cfg['doc_baseurl']}/{page}): {line}"

def sections(items, at=''):
    "Headings and entries of a sidebar; a wing is named under its group"
    for o in items:
        if isinstance(o, str): yield entry(o)
        elif 'section' in o: yield from ['', f"## {at}{o['section']}", '', *sections(o['contents'], f"{o['section']}: ")]

def text():
    "All of llms.txt"
    bar = yaml.safe_load((TOP/'nbs'/'sidebar.yml').read_text())['website']['sidebar']['contents']
    said = '\n'.join([f"# {cfg['title']}", '', f"> {cfg['description']}", *sections(bar)]) + '\n'
    return re.sub(r'## [^\n]*\n+(?=## )', '', said)

if __name__ == '__main__':
    file = TOP/'nbs'/'llms.txt'
    if '--check' not in sys.argv: file.write_text(text())
    elif not file.is_file() or file.read_text() != text(): sys.exit('nbs/llms.txt is old; run python .ci/llms.py')
