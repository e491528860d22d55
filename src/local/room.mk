# local: the local platform, a program of its own. Shares base and the limits' data with crdeploy, no code path.
noinst_LIBRARIES += liblocal.a
liblocal_a_SOURCES =
