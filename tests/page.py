"""The page in a real browser: photos in, answers out, nothing loaded from elsewhere, no photo left.

    python tests/page.py [--browser /usr/bin/chromium] [--shots DIR] [--widths 1280,390]

Needs `facerec_dls[demo,gallery]` and Playwright (`pip install playwright`); Chromium is the system's own. Without a browser it says so and ends."""
import argparse, shutil, sys, tempfile, time, warnings
import cv2
import numpy as np
import torch
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from facerec_dls.core.images import load_image, save_image
from facerec_dls.data import CelebA
from facerec_dls.demo.page import serving
from facerec_dls.gallery import Gallery
from facerec_dls.photos.detection import DetectorUnavailable, Face, FaceDetector, whole_image, yunet_path
from facerec_dls.recognizer import FaceRecognizer
from facerec_dls.synthetic.folder import sample_celeba

TABS = 'Compare', 'Who is it', 'Album', 'Network'
ODD = '<img src=x onerror=alert(1)> ${1+1} {{x}} *Ann*' # just a name
LIMIT = 120_000 # ms for an answer

def as_told(img):
    "Without YuNet: a wide picture is two faces, a dark one none, any other one"
    img = load_image(img)
    if img.max() < 30: return []
    h, w = img.shape[:2]
    return whole_image(img) if w < 2*h else [Face(np.array([x, 0, h, h], np.float32), 1.) for x in (0, w-h)]

def photos_in(top):
    "Rendered people, and what is no photo"
    sample = CelebA(sample_celeba(n_ids=6, n_per_id=6, size=256, seed=3))
    people = [[sample.path(i) for i in rows.index] for _,rows in sample.faces.groupby('identity')]
    a, b = (load_image(people[k][1]) for k in (0, 1))
    made = dict(other=people[1][0])
    made['group'] = save_image(np.hstack([a, np.full((256,64,3), 225, np.uint8), b]), top/'group.jpg')
    made['dark'] = save_image(np.zeros((300,400,3), np.uint8), top/'no face.png')
    made['text'] = top/'text.jpg'
    made['text'].write_text('at the sea')
    made['large'] = save_image(cv2.resize(a, (7750,7750), interpolation=cv2.INTER_CUBIC), top/'large.jpg')
    return made, people

class Page:
    "The page in a browser"
    def __init__(self, browser, address, width):
        self.requests, self.errors, self.dialogs = [], [], []
        self.tab = browser.new_page(viewport=dict(width=width, height=900), device_scale_factor=2 if width < 500 else 1)
        self.tab.on('request', lambda r: self.requests.append(r.url))
        self.tab.on('pageerror', lambda e: self.errors.append(str(e)))
        self.tab.on('dialog', lambda d: (self.dialogs.append(d.message), d.dismiss()))
        self.tab.goto(address)
        self.tab.get_by_role('tab', name=TABS[0]).wait_for(timeout=LIMIT)
        self.address = address

    def open(self, name):
        at = self.tab.get_by_role('tab', name=name)
        if not at.is_visible(): self.tab.locator('.overflow-menu > button').click() # a narrow page may hide tabs in a menu
        (at if at.is_visible() else self.tab.get_by_role('button', name=name)).click()
        return self.tab.get_by_role('tabpanel').filter(visible=True).first

    def answer(self, panel, before):
        "Headline and sentences, once they have changed"
        said, end = panel.locator('.answer'), time.time() + LIMIT/1000
        while time.time() < end:
            if said.count() and (now := said.first.inner_text()) != before: return now
            self.tab.wait_for_timeout(50)
        raise TimeoutError(f'no answer but {before!r}')

    def put(self, panel, *files, slot=0):
        said = panel.locator('.answer')
        before = said.first.inner_text() if said.count() else ''
        panel.locator('input[type=file]').nth(slot).set_input_files([str(f) for f in files])
        return self.answer(panel, before)

    def overflow(self): return self.tab.evaluate('document.documentElement.scrollWidth - window.innerWidth')

def check(browser, address, uploads, made, people, width, shots):
    "What was tried, what came back, and whether it is right"
    page = Page(browser, address, width)
    def row(what, got, right):
        left = [f.name for f in uploads.rglob('*') if f.is_file()]
        if shots: page.tab.screenshot(path=shots/f'{what.replace(" ", "_")}_{width}.png', full_page=True)
        wide = page.overflow()
        fault = '; '.join([*([] if right else ['wrong']), *([f'left: {left}'] if left else []), *([f'{wide} px too wide'] if wide > 0 else [])])
        print(f"{width:5} {what:14} {fault or 'right'}: {got[:110]!r}", flush=True)
        return not fault
    def steps():
        p = page.open(TABS[0])
        yield row('first', said := page.put(p, made['one']), said.startswith('One more photo'))
        yield row('match', said := page.put(p, made['two'], slot=1), said.startswith(('Match', 'No match')))
        yield row('other', said := page.put(p, made['other'], slot=1), said.startswith(('Match', 'No match')))
        yield row('no face', said := page.put(p, made['dark'], slot=1), said.startswith('No verdict') and 'shows no face' in said)
        yield row('text', said := page.put(p, made['text']), 'first photo: not a readable picture' in said)
        yield row('two faces', said := page.put(p, made['group']), 'shows no face' in said)
        yield row('group', said := page.put(p, made['one'], slot=1), '2 faces are on the first photo' in said)
        p.get_by_label('anywhere on a group').check()
        yield row('anywhere', said := page.answer(p, said), 'The best of 2 pairs' in said)
        start = time.time()
        said = page.put(p, made['large'])
        yield row('60 megapixels', f'{time.time() - start:.1f} s, {said}', said.startswith(('Match', 'No match')))
        p = page.open(TABS[1])
        yield row('who', said := page.put(p, made['group']), '\n2: ' in said)
        yield row('nobody', said := page.put(p, made['dark']), said.startswith('No face'))
        yield row('no picture', said := page.put(p, made['text']), said.startswith('No picture'))
        p = page.open(TABS[2])
        yield row('album', said := page.put(p, *people[0][:4], *people[1][:3], made['dark'], made['text'], made['group']), 'no face.png: no face' in said and 'text.jpg: not a' in said)
        p = page.open(TABS[3])
        yield row('sees', said := page.put(p, made['one']), said.startswith('One face, step by step') and ODD in said)
        p.get_by_label('Capture from camera').click()
        p.get_by_text('Click to Access Webcam').click(timeout=LIMIT)
        page.tab.wait_for_function("[...document.querySelectorAll('video')].some(v => v.videoWidth > 0)", timeout=LIMIT)
        p.get_by_label('capture photo').click(timeout=LIMIT)
        yield row('camera', said := page.answer(p, said), said.startswith(('No face', 'One face')))
        away = sorted({u.split('?')[0] for u in page.requests if not u.startswith((address.rstrip('/'), 'data:', 'blob:'))})
        yield row('from outside', f'{len(page.requests)} requests, outside: {away}', not away)
        kept = page.tab.evaluate('indexedDB.databases().then(d => [d.map(o => o.name), Object.values(localStorage).join().length])')
        yield row('browser keeps', str(kept), not kept[0] and kept[1] < 1000)
        yield row('errors', f'{page.errors} {page.dialogs}', not page.errors and not page.dialogs)
    try: return all(list(steps()))
    finally: page.tab.close()

def main(browser, shots, widths):
    if not (find_spec('gradio') and find_spec('playwright')): return print("skipped: pip install 'facerec_dls[demo,gallery]' playwright")
    if browser is None: return print('skipped: no chromium here; --browser names one')
    from playwright.sync_api import sync_playwright
    torch.set_num_threads(1)
    if shots: shots.mkdir(parents=True, exist_ok=True)
    try: detector = FaceDetector(yunet_path(download=False))
    except DetectorUnavailable: detector = as_told
    with tempfile.TemporaryDirectory() as d:
        made, people = photos_in(Path(d))
        if detector is not as_told and len(detector(made['group'])) != 2: detector = as_told
        rec = FaceRecognizer.pretrained(detector=detector)
        gallery = Gallery(Path(d)/'gallery', rec)
        gallery.enroll({'Ann': people[0][2:], 'Bob': people[1][2:], ODD: people[2][:3]})
        v = rec.embed(people[0])
        likest = np.unravel_index(np.nan_to_num(v @ v.T - 2*np.eye(len(v)), nan=-2).argmax(), (len(v),)*2)
        made |= dict(one=people[0][likest[0]], two=people[0][likest[1]])
        with serving(rec, gallery) as (address, uploads), sync_playwright() as p:
            with p.chromium.launch(executable_path=browser, args=['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']) as b:
                right = [check(b, address, uploads, made, people, width, shots) for width in widths]
        if uploads.exists(): right.append(print(f'{uploads} is still there'))
    return all(right)

if __name__ == '__main__':
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('--browser', default=shutil.which('chromium') or shutil.which('google-chrome')); a.add_argument('--shots', type=Path); a.add_argument('--widths', default='1280,390')
    a = a.parse_args()
    sys.exit(main(a.browser, a.shots, [int(w) for w in a.widths.split(',')]) is False)
