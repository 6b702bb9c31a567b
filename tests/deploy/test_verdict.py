"""The verdict: no success while ECS runs something else."""

from __future__ import annotations

from tests.deploy.scripted.world import World

WATCH = "bidops-cfn watch --env dev"
DEPLOY = "bidops-cfn deploy --env dev"


def test_a_complete_stack_whose_service_ecs_rolled_back_is_a_failure(update: World) -> None:
    update.play.goes_back = "BffService"
    ended = update.deploy()
    update.expect(ended, 1, "bidops-cfn status --env dev", executed=1)
    assert "ECS went back to bff:0; the stack says BffTaskDefinition:2" in ended.said


def test_a_complete_stack_without_all_its_tasks_is_a_failure(update: World) -> None:
    update.play.short_of_tasks = "BffService"
    update.ecs.service("BffService").running = 3
    ended = update.deploy()
    update.expect(ended, 1, "bidops-cfn status --env dev", executed=1)
    assert "rollout is IN_PROGRESS" in ended.said


def test_ecs_may_be_a_few_reads_behind(update: World) -> None:
    update.play.short_of_tasks = "BffService"
    finish = update.ecs.service("BffService").complete
    update.play.on_update = [(25, finish)]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


def test_no_changes_is_no_success_while_ecs_runs_something_else(world: World) -> None:
    world.standing()
    service = world.ecs.service("BffService")
    service.deploy("arn:aws:ecs:us-east-1:111111111111:task-definition/bff:0", "COMPLETED")
    ended = world.deploy()
    world.expect(ended, 1, "bidops-cfn status --env dev")
    assert "ECS went back to bff:0" in ended.said
