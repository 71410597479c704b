//! `spin:postgres`: values, errors and limits are those of stock Spin 4.1; the differences only concern speed and safety.

#![expect(
    clippy::result_large_err,
    reason = "the interface has its errors as they are, with all fields of the database's"
)]

mod convert;
mod pool;
mod query;
mod value;

use std::sync::Arc;

use serde_json::json;
use tokio_postgres::config::Host as ServerHost;
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::{
    allowed::Destination,
    app::LoadedComponent,
    bindings::spin::postgres::postgres::{
        Column, Error, Host, HostConnection, HostConnectionBuilder, HostConnectionBuilderWithStore,
        HostConnectionWithStore, ParameterValue, Row, RowSet,
    },
    core::Services,
    interfaces::{lookup, tls::RootCertificate},
    log,
    state::{HANDLES, Spin, State},
};

pub(crate) use pool::{Budgets, PostgresPools};

use pool::Client;

/// What a component's connection stands for: returned to the pool when the last handle is gone.
#[expect(unreachable_pub, reason = "the bindings export it again")]
#[derive(Clone)]
pub struct Connection(Arc<Client>);

/// A connection that has not been opened yet.
#[expect(unreachable_pub, reason = "the bindings export it again")]
#[derive(Clone)]
pub struct ConnectionBuilder {
    address: String,
    root: Option<RootCertificate>,
}

/// Whether the component may connect to every host of the connection string `address`.
fn check_allowed(component: &LoadedComponent, address: &str) -> Result<(), Error> {
    let config: tokio_postgres::Config =
        address.parse().map_err(|error: tokio_postgres::Error| Error::ConnectionFailed(error.to_string()))?;
    let ports = config.get_ports();
    for (index, host) in config.get_hosts().iter().enumerate() {
        let ServerHost::Tcp(host) = host else {
            return Err(Error::ConnectionFailed("Unix sockets are not supported on WebAssembly".to_owned()));
        };
        let port = ports.get(index).or(if let [only] = ports { Some(only) } else { None }).copied();
        let destination = Destination { scheme: "postgres".to_owned(), host: host.clone(), port };
        if !component.allowed.allows(&destination) {
            log::warn(
                "destination_refused",
                &[("component", json!(&*component.id)), ("destination", json!(destination.to_string()))],
            );
            return Err(Error::ConnectionFailed(format!("address {destination} is not permitted")));
        }
    }
    Ok(())
}

async fn open(
    component: &LoadedComponent,
    services: &Services,
    address: &str,
    root: Option<RootCertificate>,
) -> Result<Connection, Error> {
    check_allowed(component, address)?;
    services
        .postgres
        .get(address, root)
        .await
        .map(|client| Connection(Arc::new(client)))
        .map_err(Error::ConnectionFailed)
}

impl State {
    fn add_connection(
        &mut self,
        opened: Connection,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        if self.open.postgres >= HANDLES {
            return Ok(Err(Error::ConnectionFailed("too many connections".to_owned())));
        }
        self.open.postgres += 1;
        Ok(Ok(self.table.push(opened)?))
    }

    async fn open_connection(
        &mut self,
        address: &str,
        root: Option<RootCertificate>,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        match open(&self.component, &self.services, address, root).await {
            Ok(opened) => self.add_connection(opened),
            Err(error) => Ok(Err(error)),
        }
    }
}

async fn open_async<T: Send>(
    accessor: &Accessor<T, Spin>,
    address: &str,
    root: Option<RootCertificate>,
) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
    let (component, services) = accessor.with(|mut access| {
        let state = access.get();
        (state.component.clone(), state.services.clone())
    });
    match open(&component, &services, address, root).await {
        Ok(opened) => accessor.with(|mut access| access.get().add_connection(opened)),
        Err(error) => Ok(Err(error)),
    }
}

impl Host for State {}

impl HostConnectionBuilder for State {
    async fn new(&mut self, address: String) -> wasmtime::Result<Resource<ConnectionBuilder>> {
        Ok(self.table.push(ConnectionBuilder { address, root: None })?)
    }

    async fn set_ca_root(
        &mut self,
        handle: Resource<ConnectionBuilder>,
        certificate: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        let root = match RootCertificate::from_pem(&certificate) {
            Ok(root) => root,
            Err(error) => return Ok(Err(Error::Other(format!("invalid root certificate: {error}")))),
        };
        self.table.get_mut(&handle)?.root = Some(root);
        Ok(Ok(()))
    }

    async fn build(
        &mut self,
        handle: Resource<ConnectionBuilder>,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let ConnectionBuilder { address, root } = self.table.get(&handle)?.clone();
        self.open_connection(&address, root).await
    }

    async fn drop(&mut self, handle: Resource<ConnectionBuilder>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}

impl<T: Send> HostConnectionBuilderWithStore<T> for Spin {
    async fn build_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<ConnectionBuilder>,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let ConnectionBuilder { address, root } = lookup(accessor, &handle)?;
        open_async(accessor, &address, root).await
    }
}

impl HostConnection for State {
    async fn open(&mut self, address: String) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        self.open_connection(&address, None).await
    }

    async fn query(
        &mut self,
        handle: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<RowSet, Error>> {
        let Connection(client) = self.table.get(&handle)?.clone();
        Ok(query::collect(&client, &statement, &parameters).await)
    }

    async fn execute(
        &mut self,
        handle: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        let Connection(client) = self.table.get(&handle)?.clone();
        Ok(query::execute(&client, &statement, &parameters).await)
    }

    async fn drop(&mut self, handle: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        self.open.postgres = self.open.postgres.saturating_sub(1);
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for Spin {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        open_async(accessor, &address, None).await
    }

    async fn query_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<(Vec<Column>, StreamReader<Row>, FutureReader<Result<(), Error>>), Error>>
    {
        let Connection(client) = lookup(accessor, &handle)?;
        let (columns, rows, outcome) = match query::stream(&client, &statement, &parameters).await {
            Ok(started) => started,
            Err(error) => return Ok(Err(error)),
        };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, rows)?;
            // Rows that nobody reads to the end have no outcome: the sender is gone, and reading went well so far.
            let outcome = async move { wasmtime::error::Ok(outcome.await.unwrap_or(Ok(()))) };
            Ok(Ok((columns, rows, FutureReader::new(&mut access, outcome)?)))
        })
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        let Connection(client) = lookup(accessor, &handle)?;
        Ok(query::execute(&client, &statement, &parameters).await)
    }
}
