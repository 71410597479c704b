select true as named
from share_class_name_asset($1, $2, $3)
