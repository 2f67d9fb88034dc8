//! A computer that is looked at, and only looked at: files, processes, sockets, programs.
