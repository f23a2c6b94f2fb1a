"Links, anchors, pictures and widths of the rendered site: `links.py [_docs]`"
import re, sys
from configparser import ConfigParser
from pathlib import Path
from urllib.parse import unquote, urlparse

from bs4 import BeautifulSoup

cfg = ConfigParser(delimiters=['='])
cfg.read(Path(__file__).parent.parent/'settings.ini', encoding='utf-8')
SITE = cfg['DEFAULT']['doc_host'] + cfg['DEFAULT']['doc_baseurl']
FILES = f"{cfg['DEFAULT']['git_url']}/blob/{cfg['DEFAULT']['branch']}/"

def target(root, page, link):
    "File and anchor of a link within the site, or of a file of the repository; None: elsewhere"
    if link.startswith(FILES): return Path(__file__).parent.parent/unquote(urlparse(link).path.split(f"/{cfg['DEFAULT']['branch']}/", 1)[1]), ''
    if link.startswith(SITE): page, link = root/'index.html', link[len(SITE):].lstrip('/') or 'index.html'
    url = urlparse(link)
    if url.scheme or url.netloc: return None
    path = unquote(url.path)
    file = page if not path else (root/path.lstrip('/') if path.startswith('/') else page.parent/path).resolve()
    return file/'index.html' if file.is_dir() else file, unquote(url.fragment)

def faults(root):
    "A line for each dead link or anchor, picture without text, and Markdown that stayed raw; then how many were looked at"
    pages = {p: BeautifulSoup(p.read_text(), 'html.parser') for p in sorted(root.rglob('*.html')) if 'site_libs' not in p.parts}
    ids = {p: {t[k] for k in ('id', 'name') for t in s.find_all(attrs={k: True})} for p,s in pages.items()}
    bad, n, out = [], 0, set()
    for p,s in pages.items():
        for tag in s.find_all(lambda t: t.get('href') or t.get('src')):
            link = tag.get('href') or tag.get('src')
            if link.startswith(('data:', 'mailto:', 'javascript:')): continue
            to = target(root, p, link)
            if to is None: out.add(link.split('#')[0]); continue
            n += 1
            file, anchor = to
            if not file.exists(): bad.append(f'{p.relative_to(root)}: {link}: no such file')
            elif tag.name == 'a' and anchor and file in ids and anchor not in ids[file]: bad.append(f'{p.relative_to(root)}: {link}: no such anchor')
        main = s.find('main') or s
        bad += [f"{p.relative_to(root)}: {i.get('src', '')[-60:]}: no alt text" for i in main.find_all('img') if not i.get('alt')]
        bad += [f'{p.relative_to(root)}: raw Markdown: {t.strip()[:80]}' for t in main.find_all(string=re.compile(r'\]\(https?://')) if not t.find_parent(['pre', 'code', 'script'])]
        bad += [f'{p.relative_to(root)}: a link in a signature: {b.get_text()[:60]}' for b in main.select('blockquote pre') if b.find('a', href=re.compile('^http')) or '](http' in b.get_text()]
    return list(dict.fromkeys(bad)), f'{len(pages)} pages, {n} links within the site, {len(out)} addresses elsewhere'

if __name__ == '__main__':
    bad, said = faults(Path(sys.argv[1] if len(sys.argv) > 1 else '_docs').resolve())
    print(*bad, f'{said}, {len(bad)} faults', sep='\n')
    sys.exit(bool(bad))
