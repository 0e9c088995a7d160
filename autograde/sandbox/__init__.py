"""Keep a process away from everything: files, network, other processes, and more memory than it may have."""
