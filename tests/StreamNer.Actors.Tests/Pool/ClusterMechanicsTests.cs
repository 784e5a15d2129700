using Akka.Actor;
using Akka.Cluster;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;

namespace StreamNer.Actors.Tests.Pool;

/// <summary>What a stranger who speaks Akka.NET's own language can make a node do.</summary>
public sealed class ClusterMechanicsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task No_actor_is_started_here_for_another_node()
    {
        var node = NodeSystem.Create(new PoolSetup(Streams: true, Infers: true));
        var stranger = ActorSystem.Create(ClusterMechanics.SystemName,
            "akka { loglevel = ERROR, actor.provider = remote, remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 } }");
        try
        {
            var scope = new RemoteScope(Cluster.Get(node).SelfAddress);
            var sent = stranger.ActorOf(Props.Create<Sent>().WithDeploy(Deploy.None.WithScope(scope)), "sent");

            // Of an actor that is not there its node says so.
            Assert.Equal(ActorRefs.Nobody, (await sent.Ask<ActorIdentity>(new Identify(1), Patience)).Subject ?? ActorRefs.Nobody);
        }
        finally
        {
            await stranger.Terminate();
            await node.Terminate();
        }
    }

    private sealed class Sent : ReceiveActor;
}
