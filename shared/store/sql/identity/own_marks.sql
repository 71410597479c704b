select mark
from auth_own_marks()
