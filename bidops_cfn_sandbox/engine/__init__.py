"""The engine of every AWS that is played here: a clock, processes on it, and ECS rollouts.

The sandbox runs it on real time, the scripted AWS of the tests on a clock that they move.
"""
