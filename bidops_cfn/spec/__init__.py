"""What is expected and what is dangerous, in one place, apart from what builds.

Rules, proofs, reviews and comparisons read it; ``compute`` never does, so that what builds and what
judges cannot be wrong together by one line. Everything here is for the security team to approve.

    flows.toml                who may reach whom, on which port, and who asks for it
    allowed_permissions.toml  what each role may do, and who asks for it
    services.toml             what else a service has, and who asks for it
    regional.toml             what AWS has under an id of its own in each region
    looked_into.toml          which properties facts and rules look into, by resource type
    parts                     which resources and exports there must be
    permissions, variables    what the lists' words stand for; the plain variables, and which of all
                              variables change what a runtime does
    flows                     where the ends of a flow stand, in a drawing
    differences               what may differ between environments
    resource_types            what replacing a type means, and what deployments guard
    doubts                    how far names and regional ids bear out what settings refer to
    concerns                  what about settings needs an eye, and what they leave in doubt
    secret_texts              what a secret in plain text looks like
    health_commands, floors   which settings void a requirement
"""
