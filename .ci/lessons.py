"Notebooks as Colab runs them: every cell, in an empty folder, from the installed package, without network. `lessons.py NOTEBOOK ...` prints a table; needs nbclient and ipykernel."
import fcntl, os, re, socket, struct, sys, tempfile, time
from contextlib import suppress
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

USED = """import resource
use = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print('used', round(sum(u.ru_utime + u.ru_stime for u in use)), max(u.ru_maxrss for u in use)//1024)"""
WARNING = re.compile(r'facerec_dls\S*:\d+: \w*Warning.*|ipykernel_\S*:\d+: (?:Future|Deprecation)Warning.*')

def loopback():
    "This machine's own address, which `unshare -n` leaves switched off"
    with suppress(OSError), socket.socket() as s: fcntl.ioctl(s, 0x8914, struct.pack('16sh', b'lo', 0x49)) # SIOCSIFFLAGS: up, loopback, running

def run(path, folder):
    "Seconds, those of a processor, peak memory in MB, and what went wrong"
    nb = nbformat.read(path, 4)
    for cell in nb.cells:
        if cell.cell_type == 'code': cell.outputs = []
    nb.cells.append(nbformat.v4.new_code_cell(USED))
    client = NotebookClient(nb, timeout=900, startup_timeout=300, kernel_name='python3', resources=dict(metadata=dict(path=str(folder))))
    client.create_kernel_manager()
    client.km.transport, client.km.ip = 'ipc', f'{folder}/.kernel' # files: there may be no network at all, not even this machine's own
    start, wrong = time.time(), []
    try: client.execute()
    except CellExecutionError as e: wrong = [f'{e.ename}: {e.evalue}'[:200]]
    printed = [''.join(o.get('text', '')) for c in nb.cells for o in c.get('outputs', []) if o.output_type == 'stream']
    wrong += sorted({m for t in printed for m in WARNING.findall(t)})
    used = re.findall(r'^used (\d+) (\d+)$', printed[-1], re.M) if printed else []
    return time.time() - start, *(used[-1] if used else ('', '')), wrong

if __name__ == '__main__':
    os.environ.pop('PYTHONPATH', None)
    os.environ |= {k: 'http://127.0.0.1:9' for k in ('http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY')} # nobody listens there
    loopback()
    failed = 0
    print('| notebook | seconds | CPU seconds | memory, MB | result |\n|---|---|---|---|---|')
    for path in map(Path, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as folder: seconds, cpu, peak, wrong = run(path.resolve(), folder)
        failed += bool(wrong)
        print(f"| {path.stem} | {seconds:.0f} | {cpu} | {peak} | {'; '.join(wrong) or 'ok'} |", flush=True)
    sys.exit(failed > 0)
