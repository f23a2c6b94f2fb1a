"`python -m facerec_dls` is the command `facerec`"
from .cli import main

if __name__ == '__main__': main()
