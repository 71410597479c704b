-- The register of holders also says how many organisations hold a tenth or more: their own holders may count instead of them
-- (Investment Company Act 3(c)(1)(A)). A function's result cannot be changed, so it is created anew from its file.

drop function if exists share_class_register(uuid, uuid, jsonb, integer, integer);
