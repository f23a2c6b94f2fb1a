import shlex
from configparser import ConfigParser
from pathlib import Path

import setuptools

# note: all settings are in settings.ini; edit there, not here
config = ConfigParser(delimiters=['='])
config.read('settings.ini', encoding='utf-8')
cfg = config['DEFAULT']

cfg_keys = 'version description keywords author author_email'.split()
expected = cfg_keys + 'lib_name user branch license status min_python max_python audience language git_url doc_host doc_baseurl'.split()
for o in expected: assert o in cfg, f'missing expected setting: {o}'

licenses = dict(apache2='Apache-2.0', mit='MIT', bsd3='BSD-3-Clause')
statuses = ['1 - Planning', '2 - Pre-Alpha', '3 - Alpha', '4 - Beta', '5 - Production/Stable', '6 - Mature', '7 - Inactive']
first, last = (int(cfg[k].split('.')[1]) for k in ('min_python', 'max_python'))

repo, branch = cfg['git_url'], cfg['branch']
raw = repo.replace('github.com', 'raw.githubusercontent.com')
readme = Path('README.md').read_text(encoding='utf-8').replace('index_files/', f'{raw}/{branch}/index_files/') # pictures show on PyPI, too
extras = {k.removesuffix('_requirements'): shlex.split(v) for k,v in cfg.items() if k.endswith('_requirements')}

setuptools.setup(
    name = cfg['lib_name'],
    license_expression = f"{licenses[cfg['license']]} AND LicenseRef-weights-research-only", # code, and the weights named in the second file
    license_files = ['LICENSE', 'facerec_dls/weights/LICENSE.md'],
    classifiers = [
        'Development Status :: ' + statuses[int(cfg['status']) - 1],
        f"Intended Audience :: {cfg['audience']}",
        'Intended Audience :: Education',
        'Intended Audience :: Science/Research',
        f"Natural Language :: {cfg['language']}",
        'Operating System :: POSIX :: Linux', # where it is tested
        'Programming Language :: Python :: 3',
        'Programming Language :: Python :: 3 :: Only',
        *(f'Programming Language :: Python :: 3.{k}' for k in range(first, last + 1)),
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
        'Topic :: Scientific/Engineering :: Image Recognition',
        'Typing :: Typed',
    ],
    url = repo,
    project_urls = dict(
        Documentation = cfg['doc_host'] + cfg['doc_baseurl'],
        Source = repo,
        Changelog = f'{repo}/blob/{branch}/CHANGELOG.md',
        Issues = f'{repo}/issues'),
    packages = setuptools.find_namespace_packages(include=['facerec_dls*'], exclude=['*.__pycache__']), # weights and templates, too
    include_package_data = True,
    install_requires = shlex.split(cfg['requirements']),
    extras_require = extras,
    python_requires = '>=' + cfg['min_python'],
    long_description = readme,
    long_description_content_type = 'text/markdown',
    zip_safe = False,
    entry_points = {
        'console_scripts': cfg['console_scripts'].split(),
        'nbdev': [f"{cfg['lib_path']}={cfg['lib_path']}._modidx:d"]
    },
    **{o: cfg[o] for o in cfg_keys})
