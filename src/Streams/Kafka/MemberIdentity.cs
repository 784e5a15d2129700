using System.Text.RegularExpressions;

namespace StreamNer.Streams.Kafka;

/// <summary>Knows under which name this instance is in its group, if it has one. Any thread.</summary>
/// <remarks>
/// Of two running instances with one name the group puts the earlier out. That one goes on without a name instead of putting the other out
/// in its turn, again and again. With <c>group.protocol=consumer</c> it is the later that is not let in; it goes on without a name when
/// the earlier must be alive, since no session lasts so long.
/// </remarks>
internal sealed partial class MemberIdentity(KafkaOptions options, Func<string, string?> environment, TimeProvider clock)
{
    /// <summary>How long a name is waited for that another member holds. A broker's own session timeout is 45 s.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private volatile bool _taken;
    private long? _heldSince;

    /// <summary>The name; null when it has none, or another instance has taken it.</summary>
    public string? InstanceId => _taken ? null : Configured;

    private string? Configured =>
        options.InstanceId is { } written ? (written.Length == 0 ? null : written)
        : options.Broker == BrokerKind.Embedded || SetByHand ? null
        : PodOfStatefulSet;

    private bool SetByHand => options.Client.ContainsKey("group.instance.id") || options.Consumer.ContainsKey("group.instance.id");

    // Only there a name outlives its pod: that of a Deployment's is another one after each start.
    private string? PodOfStatefulSet =>
        environment("KUBERNETES_SERVICE_HOST") is { Length: > 0 } && environment("HOSTNAME") is { } name && Ordinal().IsMatch(name)
            ? name : null;

    /// <summary>Notes that another instance has the name.</summary>
    public void GiveUp() => _taken = true;

    /// <summary>Notes that another member holds the name, which may be this instance itself before it was killed.</summary>
    public void NoteHeld()
    {
        _heldSince ??= clock.GetTimestamp();
        if (clock.GetElapsedTime(_heldSince.Value) >= Patience)
            GiveUp();
    }

    /// <summary>Notes that this instance is in its group: whoever holds the name after that is another case.</summary>
    public void NoteJoined() => _heldSince = null;

    [GeneratedRegex("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?-[0-9]{1,4}$")]
    private static partial Regex Ordinal();
}
