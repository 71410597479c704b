//! The Wasm engine: one per process, shared by all cores.

use std::{thread, time::Duration};

use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, RegallocAlgorithm, Result,
};

/// How often running components have to yield, and deadlines can be noticed inside a busy one.
pub(crate) const TICK: Duration = Duration::from_micros(250);

/// Maximum number of live instances on all cores.
const INSTANCES: u32 = 2000;

/// Size of linear memory, in bytes, that an instance's slot keeps when it is returned: touching the pages anew costs a page fault
/// each.
const KEEP_RESIDENT: usize = 1 << 20;

/// Builds the engine, and starts what drives its epochs.
pub(crate) fn start() -> Result<Engine> {
    // If there is no room for the pool's address space (`ulimit -v`), memory is allocated as needed: slower, but it runs.
    let engine = Engine::new(&config(true)).or_else(|_| Engine::new(&config(false)))?;
    let ticking = engine.weak();
    thread::Builder::new().name("epochs".to_owned()).spawn(move || {
        while let Some(engine) = ticking.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    })?;
    Ok(engine)
}

fn config(pooling: bool) -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.wasm_component_model_async(true);
    config.epoch_interruption(true);
    config.cranelift_opt_level(OptLevel::Speed);
    config.cranelift_regalloc_algorithm(RegallocAlgorithm::Backtracking);
    // A table or memory image is shared copy-on-write by all instances of a component.
    config.memory_init_cow(true);
    if pooling {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(INSTANCES);
        // A component consists of its own module and the adapters that the tools add.
        pool.total_core_instances(INSTANCES * 8);
        pool.total_memories(INSTANCES);
        pool.total_tables(INSTANCES * 4);
        pool.total_stacks(INSTANCES * 4);
        pool.table_elements(100_000);
        pool.max_unused_warm_slots(256);
        pool.linear_memory_keep_resident(KEEP_RESIDENT);
        pool.table_keep_resident(64 << 10);
        pool.async_stack_keep_resident(32 << 10);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    config
}
