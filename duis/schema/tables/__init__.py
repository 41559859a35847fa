"""The facts of DUIS 5.4 in the notation of `duis.schema.notation`: a module per family, read when first asked for."""
