"""What the office must not forget, in one database: people, consent, and the ledger of sends."""
