"""The proof: every fault at every boundary of a sync, for every pair, and what stands on both sides afterwards.

Run it with ``make prove`` (all), ``make prove-short`` (a sample) or ``make prove CASE=…`` (one); docs/proof.md says
what it shows. It drives the connector's own tasks against the simulators and looks at both without the connector.
"""
