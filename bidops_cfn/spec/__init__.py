"""What is expected and what is dangerous, in one place, apart from what builds.

Rules, proofs, reviews and comparisons read it; ``compute`` never does, so that what builds and what
judges cannot be wrong together by one line. Everything here is for the security team to approve.

    flows.toml                who may reach whom, on which port, and who asks for it
    allowed_permissions.toml  what each role may do, and who asks for it
    parts, outputs            which resources and exports there must be
    differences               what may differ between environments
    resource_types            what is looked into, what replacing it means, what deployments guard
    imports                   how far the name of an export bears out what it is taken for
    variables                 which variables change what a runtime does
    secret_texts              what a secret in plain text looks like
    health_commands, floors   which settings void a requirement
"""
