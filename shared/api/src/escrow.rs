//! Escrows: `/v1/escrows…`.
