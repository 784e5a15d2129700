using Akka.Actor;
using Akka.Cluster;
using StreamNer.Actors.Recognition;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Pool;

/// <summary>The nodes of the cluster as this one sees them.</summary>
internal static class KnownNodes
{
    // Others have none: what another node calls itself is not shown.
    private static readonly string[] Roles = [PoolSetup.StreamRole, PoolSetup.InferenceRole];

    /// <summary>Names a node as people and settings do.</summary>
    public static string NameOf(Address node) => $"{node.Host}:{node.Port}";

    /// <summary>Lists them, this one first, then by address. Any thread.</summary>
    /// <param name="system">A node's actor system.</param>
    /// <param name="refusals">What those said that give no lanes.</param>
    public static IReadOnlyList<NodeStatus> List(ActorSystem system, IReadOnlyList<LaneRefusal> refusals)
    {
        var cluster = Cluster.Get(system);
        var state = cluster.State;
        return
        [
            Describe(cluster.SelfAddress, cluster.SelfRoles, Find(cluster.SelfUniqueAddress) is { } self ? StateOf(self.Status)
                : NodeState.Joining),
            .. state.Members.Where(member => !member.UniqueAddress.Equals(cluster.SelfUniqueAddress))
                .OrderBy(member => NameOf(member.Address), StringComparer.Ordinal)
                .Select(member => Describe(member.Address, member.Roles,
                    state.Unreachable.Contains(member) ? NodeState.Unreachable : StateOf(member.Status))),
        ];

        Member? Find(UniqueAddress node) => state.Members.FirstOrDefault(member => member.UniqueAddress.Equals(node));

        NodeStatus Describe(Address address, IEnumerable<string> roles, NodeState node) =>
            new(NameOf(address), [.. Roles.Where(role => roles.Contains(role, StringComparer.Ordinal))], node)
            {
                Refusals = [.. refusals.Where(refusal => refusal.Node == NameOf(address))],
            };
    }

    private static NodeState StateOf(MemberStatus status) => status switch
    {
        MemberStatus.Joining or MemberStatus.WeaklyUp => NodeState.Joining,
        MemberStatus.Up => NodeState.Up,
        MemberStatus.Leaving or MemberStatus.Exiting => NodeState.Leaving,
        _ => NodeState.Down,
    };
}
