//! Compliance: may this investor buy this share class for this amount?
