select true as held
from nav_lock($1)
