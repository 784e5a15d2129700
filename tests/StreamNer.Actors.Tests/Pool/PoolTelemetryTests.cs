using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Tests.Pool;

public sealed class PoolTelemetryTests : IDisposable
{
    private readonly PoolMeasures _measures = new();
    private readonly object _node = new();

    public void Dispose()
    {
        PoolTelemetry.NodeStopped(_node);
        _measures.Dispose();
    }

    [Fact]
    public void Nodes_are_counted_by_role_and_state_and_one_with_both_roles_in_both()
    {
        // More of them than any other test of this process has.
        PoolTelemetry.NodeStarted(_node, () => new RecognitionProtocol.Status([], 0)
        {
            Nodes =
            [
                .. Enumerable.Range(0, 70).Select(i => new NodeStatus($"a:{i}", ["stream", "inference"], NodeState.Up)),
                .. Enumerable.Range(0, 7).Select(i => new NodeStatus($"b:{i}", ["inference"], NodeState.Up)),
                .. Enumerable.Range(0, 50).Select(i => new NodeStatus($"c:{i}", ["stream"], NodeState.Unreachable)),
            ],
        });
        _measures.Look();

        Assert.Contains(70, _measures.Of("streamner.pool.nodes", "role=stream state=up"));
        Assert.Contains(77, _measures.Of("streamner.pool.nodes", "role=inference state=up"));
        Assert.Contains(50, _measures.Of("streamner.pool.nodes", "role=stream state=unreachable"));
    }

    [Fact]
    public void Lanes_are_counted_by_model_place_and_state_with_a_nought_where_there_are_none()
    {
        PoolTelemetry.NodeStarted(_node, () => new RecognitionProtocol.Status(
        [
            Lane(LaneState.Ready, node: ""), Lane(LaneState.Ready, "a:1"), Lane(LaneState.Ready, "b:1"), Lane(LaneState.Loading, "b:1"),
        ], 0)
        {
            Models = ["counted"],
        });
        _measures.Look();

        Assert.Equal([1], _measures.Of("streamner.pool.lanes", "model=counted location=own state=ready"));
        Assert.Equal([2], _measures.Of("streamner.pool.lanes", "model=counted location=remote state=ready"));
        Assert.Equal([1], _measures.Of("streamner.pool.lanes", "model=counted location=remote state=loading"));
        Assert.Equal([0], _measures.Of("streamner.pool.lanes", "model=counted location=remote state=lost"));

        static LaneStatus Lane(LaneState state, string node) => new(0, "cpu", state, 0) { Model = "counted", Node = node };
    }

    [Fact]
    public void A_node_that_gives_no_lanes_is_counted_for_the_model_that_it_gives_none()
    {
        PoolTelemetry.NodeStarted(_node, () => new RecognitionProtocol.Status([], 0)
        {
            Models = ["given", "refused"],
            Nodes =
            [
                new("a:1", ["inference"], NodeState.Up) { Refusals = [new("a:1", "refused", "other files")] },
                new("b:1", ["inference"], NodeState.Up),
            ],
        });
        _measures.Look();

        Assert.Equal([1], _measures.Of("streamner.pool.nodes_without_lanes", "model=refused"));
        Assert.Equal([0], _measures.Of("streamner.pool.nodes_without_lanes", "model=given"));
    }

    [Fact]
    public void A_node_that_has_stopped_is_measured_no_more()
    {
        PoolTelemetry.NodeStarted(_node, () => new RecognitionProtocol.Status([], 0) { Models = ["stopped"] });
        PoolTelemetry.NodeStopped(_node);
        _measures.Look();

        Assert.Empty(_measures.Of("streamner.pool.nodes_without_lanes", "model=stopped"));
    }

    [Fact]
    public void Counters_are_there_from_the_start_so_that_they_have_a_rate_at_their_first_event()
    {
        PoolTelemetry.NodeStarted(_node, () => new RecognitionProtocol.Status([], 0) { Models = ["fresh"] });

        Assert.Equal([0], _measures.Of("streamner.pool.batches", "model=fresh outcome=scored"));
        Assert.Equal([0], _measures.Of("streamner.pool.batches", "model=fresh outcome=given_back"));
    }
}
