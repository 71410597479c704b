//! `spin:variables`.

use wasmtime::component::Accessor;

use crate::{
    bindings::spin::variables::variables::{Error, Host, HostWithStore},
    state::{Spin, State},
    template::check_name,
};

impl Host for State {}

impl<T> HostWithStore<T> for Spin {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> wasmtime::Result<Result<String, Error>> {
        if let Err(error) = check_name(&name) {
            return Ok(Err(Error::InvalidName(error.to_string())));
        }
        Ok(accessor.with(|mut access| {
            let component = &access.get().component;
            let undefined = || Error::Undefined(format!("no variable for {:?}.{name:?}", component.id));
            component.variables.get(&name).cloned().ok_or_else(undefined)
        }))
    }
}
