//! What every route has in common.

use fundrail_tests::shared;

#[test]
fn the_host_answers() {
    let env = shared();
    assert_eq!(env.get("/nowhere").send().status, 404);
}
