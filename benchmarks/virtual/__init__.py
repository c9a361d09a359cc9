"""Virtual people for the benchmarks of `follow`: two unlike truths, policies over them, and a posterior for many."""
