"""What every simulator shares.

A vendor's package offers a function ``simulator()`` that returns a `core.simulator.Simulator`: its HTTP app, its
settings and its records. The core puts around it

- `core.app.build(simulator) -> ASGIApp`: the vendor's app behind the gateway (faults, journal, `Date` header), with
  the control routes under ``/_sim``;
- `core.server.serve(app, port=0)`: a context manager that runs it in a thread and yields a `Server` with `.url`;
- `core.clock.Clock`: the simulator's time, moved through ``/_sim/clock``; vendors take every time stamp from it;
- `core.wire.read_json` and `JsonAnswer`: JSON with decimals both ways.

Control routes: ``GET /_sim/health``; ``POST /_sim/reset``, ``seed``, ``edit``, ``save``, ``accounts`` (``tenants``);
``DELETE /_sim/record``; ``GET /_sim/state?entity=&account=``; ``GET|PATCH /_sim/settings``; ``GET|POST /_sim/clock``;
``GET|POST|DELETE /_sim/faults``; ``GET|DELETE /_sim/journal``; ``GET /_sim/journal/count``.
"""
