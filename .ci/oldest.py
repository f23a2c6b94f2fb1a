"The oldest versions that settings.ini allows, as constraints: `oldest.py > oldest.txt && pip install -c oldest.txt .`"
import re, shlex
from configparser import ConfigParser
from pathlib import Path

cfg = ConfigParser(delimiters=['='])
cfg.read(Path(__file__).parent.parent/'settings.ini', encoding='utf-8')
for r in shlex.split(cfg['DEFAULT']['requirements']):
    name, version = re.match(r'([\w-]+)>=([\d.]+)', r).groups()
    print(f"{name}=={version}{'' if version.count('.') > 1 else '.*'}")
