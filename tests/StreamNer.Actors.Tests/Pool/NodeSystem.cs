using Akka.Actor;
using Akka.Configuration;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using StreamNer.TestSupport.Actors;

namespace StreamNer.Actors.Tests.Pool;

/// <summary>The actor system of a node, with the product's mechanics, on any free port; it joins whom a test says.</summary>
internal static class NodeSystem
{
    /// <summary>Starts it. Terminated, it ends as a killed process does: nobody is told.</summary>
    public static ActorSystem Create(PoolSetup pool) => ActorSystem.Create(ClusterMechanics.SystemName, ConfigurationFactory.ParseString(
        """
        akka.loglevel = ERROR
        akka.cluster.seed-nodes = []
        akka.cluster.failure-detector.acceptable-heartbeat-pause = 60s
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        """)
        .WithFallback(ClusterMechanics.Of(new ClusterOptions { Enabled = true, Roles = [.. pool.Roles], Port = 0 }))
        .WithFallback(ConfigurationFactory.ParseString(TestSetup.AkkaConf)));
}
