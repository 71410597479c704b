//! Background work: the rows that are claimed, finished and counted.

rows! {
    /// Jobs of one kind in one state, of all tenants.
    #[derive(Debug, Clone)]
    pub struct JobCount {
        /// What is to be done.
        pub kind: String,
        /// `queued`, `leased`, `done` or `dead`.
        pub state: String,
        /// How many.
        pub jobs: i64,
        /// For how many seconds the oldest of them has been due.
        pub oldest_seconds: i64,
    }
}

statements! { "jobs";
    /// Asks for nothing, to see whether there is an answer.
    one ping() -> i32;

    /// Jobs of all tenants, counted by kind and state.
    all job_counts() -> JobCount;
}
