using Akka.Actor;
using Akka.Cluster;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;

namespace StreamNer.Actors.Tests.Pool;

/// <summary>Two clusters that know of each other, over a real network on this machine.</summary>
public sealed class SeedsActorTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(20);

    private readonly List<ActorSystem> _systems = [];

    [Fact]
    public async Task A_node_whose_seed_answers_and_belongs_to_another_cluster_leaves_its_own()
    {
        var (seed, node) = (await ClusterOfItsOwn(), await ClusterOfItsOwn());
        var apart = Watch(node, seed);
        await apart.WaitAsync(Patience);
    }

    [Fact]
    public async Task Of_two_seeds_that_have_come_apart_the_one_that_is_named_first_stays()
    {
        var (first, second) = (await ClusterOfItsOwn(), await ClusterOfItsOwn());
        var firstApart = Watch(first, first, second);
        await Watch(second, first, second).WaitAsync(Patience);
        Assert.False(firstApart.IsCompleted);
    }

    [Fact]
    public async Task A_node_whose_seed_is_a_member_of_its_cluster_stays()
    {
        var (seed, stranger, node) = (await ClusterOfItsOwn(), await ClusterOfItsOwn(), await ClusterOfItsOwn());
        var joined = new TaskCompletionSource();
        var member = System();
        Cluster.Get(member).RegisterOnMemberUp(joined.SetResult);
        Cluster.Get(member).Join(Cluster.Get(seed).SelfAddress);
        await joined.Task.WaitAsync(Patience);

        // Time enough is what the other one takes to find its stranger, who was asked as often.
        var stays = Watch(member, seed);
        await Watch(node, stranger).WaitAsync(Patience);
        Assert.False(stays.IsCompleted);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var system in _systems)
            await system.Terminate();
    }

    private static Task Watch(ActorSystem node, params ActorSystem[] seeds)
    {
        var apart = new TaskCompletionSource();
        node.ActorOf(SeedsActor.Props(seeds.Select(seed => Cluster.Get(seed).SelfAddress), "/user/present", Every, apart.SetResult));
        return apart.Task;
    }

    private async Task<ActorSystem> ClusterOfItsOwn()
    {
        var system = System();
        var up = new TaskCompletionSource();
        var cluster = Cluster.Get(system);
        cluster.RegisterOnMemberUp(up.SetResult);
        cluster.Join(cluster.SelfAddress);
        await up.Task.WaitAsync(Patience);
        return system;
    }

    private ActorSystem System()
    {
        var system = NodeSystem.Create(new PoolSetup(Streams: true, Infers: true));
        system.ActorOf(Props.Create(() => new Present()), "present");
        _systems.Add(system);
        return system;
    }

    private sealed class Present : ReceiveActor;
}
