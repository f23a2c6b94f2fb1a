"The site's favicon and social card, of rendered faces: writes nbs/images/favicon.png and nbs/images/card.jpg"
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from matplotlib import font_manager

from facerec_dls.synthetic.person import random_person
from facerec_dls.synthetic.render import Scene, render_face

OUT = Path(__file__).parent.parent/'nbs'/'images'
INK, PAPER = (33, 45, 64), (246, 247, 249)

def font(size): return ImageFont.truetype(font_manager.findfont('DejaVu Sans:bold' if size > 40 else 'DejaVu Sans'), size)

def face(seed, size, **scene):
    "A rendered face"
    return Image.fromarray(render_face(random_person(seed), Scene(**scene), size).image)

def card():
    "1200 x 630: two rows of faces under the name"
    img = Image.new('RGB', (1200, 630), PAPER)
    draw = ImageDraw.Draw(img)
    draw.text((60, 52), 'facerec_dls', INK, font(84))
    draw.text((62, 160), 'A face recognizer that you can read:', INK, font(36))
    draw.text((62, 208), 'from a photo to a calibrated decision', INK, font(36))
    for k in range(4):
        same = [face(20 + k, 252, yaw=yaw, smile=smile) for yaw,smile in ((-14, .1), (16, .7))]
        for j,f in enumerate(same): img.paste(f.resize((128, 128), Image.Resampling.LANCZOS), (64 + 276*k + 132*j, 304))
        draw.rounded_rectangle((58 + 276*k, 298, 329 + 276*k, 437), 8, outline=(70, 160, 90), width=4)
        draw.text((64 + 276*k, 450), 'one person', (70, 160, 90), font(30))
    draw.text((62, 545), 'ten lessons, every number with its interval, runs on a CPU', INK, font(30))
    return img

if __name__ == '__main__':
    OUT.mkdir(exist_ok=True)
    card().save(OUT/'card.jpg', quality=82, optimize=True)
    face(19, 256, yaw=12, smile=.6).crop((38, 20, 208, 190)).resize((64, 64), Image.Resampling.LANCZOS).quantize(128).save(OUT/'favicon.png', optimize=True)
