select age
from auth_mailed_ages($1, $2)
