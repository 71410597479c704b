//! The corpora, replayed natively. The end-to-end tests replay them through the components.

use fundrail_fuzz::{TARGETS, corpus};

#[test]
fn no_input_of_a_corpus_breaks_its_target() {
    for (name, target) in TARGETS {
        let inputs = corpus(name).unwrap_or_else(|error| panic!("the corpus of {name}: {error}"));
        assert!(inputs.len() >= 5, "the corpus of {name} has only {} inputs", inputs.len());
        for (path, input) in inputs {
            println!("{}", path.display());
            target(&input);
        }
    }
}
