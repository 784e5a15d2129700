using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using StreamNer.Actors.Recognition;

namespace StreamNer.Actors.Pool;

/// <summary>What Akka.NET is told of the cluster. None of it is read where there is none, and no port is opened then.</summary>
internal static class ClusterMechanics
{
    /// <summary>Name of the actor system, which is part of every node's address.</summary>
    public const string SystemName = "streamner";

    /// <summary>The mechanics of a node.</summary>
    /// <remarks>
    /// Only messages of the pool, and Akka.NET's own of cluster and remoting, are ever written or read: its serializer for anything else,
    /// which makes objects of the types that bytes name, is replaced by one that refuses, and so is that for actors which another node
    /// would have started here.
    /// <para>
    /// Nodes with devices come and go by the dozen, and no decision needs them: of a cluster that falls apart, the part stays that has more
    /// of the nodes that read documents, however many devices it has lost. Whoever is put out joins anew.
    /// </para>
    /// </remarks>
    public static Config Of(ClusterOptions options)
    {
        var pool = options.Pool!;
        var publicHost = options.PublicHost.Length > 0 ? options.PublicHost : options.Host;
        return ConfigurationFactory.ParseString(
            $$"""
            akka {
              actor {
                provider = cluster
                serializers {
                  json = "{{typeof(RefusingSerializer).FullName}}, {{typeof(RefusingSerializer).Assembly.GetName().Name}}"
                  daemon-create = "{{typeof(RefusedDeployment).FullName}}, {{typeof(RefusedDeployment).Assembly.GetName().Name}}"
                  streamner-pool = "{{typeof(PoolSerializer).FullName}}, {{typeof(PoolSerializer).Assembly.GetName().Name}}"
                }
                serialization-bindings {
                  "{{typeof(PoolProtocol.IMessage).FullName}}, {{typeof(PoolProtocol.IMessage).Assembly.GetName().Name}}" = streamner-pool
                }
              }
              remote {
                log-remote-lifecycle-events = off
                retry-gate-closed-for = 1s
                dot-netty.tcp {
                  hostname = {{Quoted(options.Host)}}
                  public-hostname = {{Quoted(publicHost)}}
                  port = {{options.Port}}
                  maximum-frame-size = {{PoolSetup.MaxFrameBytes}}b
                  enable-ssl = {{(options.IsEncrypted ? "on" : "off")}}
                }
              }
              cluster {
                roles = [{{string.Join(", ", pool.Roles)}}]
                seed-nodes = [{{string.Join(", ", SeedsOf(options).Select(seed => Quoted(seed.ToString())))}}]
                log-info = off
                run-coordinated-shutdown-when-down = on
                allow-weakly-up-members = 2s
                failure-detector.acceptable-heartbeat-pause = 5s
                downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
                split-brain-resolver {
                  active-strategy = keep-majority
                  stable-after = 10s
                  down-all-when-unstable = off
                  keep-majority.role = {{PoolSetup.StreamRole}}
                }
              }
            }
            """);
    }

    /// <summary>The nodes to join, in order; itself where none is configured and its port is known.</summary>
    public static IEnumerable<Address> SeedsOf(ClusterOptions options)
    {
        var protocol = options.IsEncrypted ? "akka.ssl.tcp" : "akka.tcp";
        if (options.Seeds.Count == 0)
            return [new Address(protocol, SystemName, options.PublicHost.Length > 0 ? options.PublicHost : options.Host, options.Port)];
        return options.Seeds.Select(seed => Address.Parse($"{protocol}://{SystemName}@{seed}"));
    }

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

/// <summary>Stands where Akka.NET has its serializer for anything at all: nothing is written, and nothing made of what comes.</summary>
internal class RefusingSerializer : Serializer
{
    /// <param name="system">The actor system.</param>
    /// <param name="settings">Those of the serializer that it stands for.</param>
    public RefusingSerializer(ExtendedActorSystem system, Config settings)
        : base(system) => _ = settings;

    /// <summary>The number of the serializer that it stands for.</summary>
    public override int Identifier => 1;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    /// <exception cref="SerializationException">Always.</exception>
    public override byte[] ToBinary(object obj) => throw new SerializationException($"{obj.GetType().Name} is never sent between nodes");

    /// <inheritdoc/>
    /// <exception cref="SerializationException">Always.</exception>
    public override object FromBinary(byte[] bytes, Type type) =>
        throw new SerializationException("a node sent an object that is not of the pool; it is not read");
}

/// <summary>Stands where Akka.NET has its serializer for actors that one node starts on another.</summary>
/// <param name="system">The actor system.</param>
internal sealed class RefusedDeployment(ExtendedActorSystem system) : RefusingSerializer(system, Config.Empty)
{
    /// <inheritdoc/>
    public override int Identifier => 3;
}
