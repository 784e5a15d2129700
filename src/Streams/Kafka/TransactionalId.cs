using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StreamNer.Streams.Kafka;

/// <summary>The name of this instance at the transaction coordinator, for as long as the process lives.</summary>
/// <remarks>
/// Unless it is configured it is made of group, machine and the lowest number that no other instance on the machine has. The number is
/// held by a lock on a file, which the operating system gives up when the process ends, however it does: so the next process takes the
/// same name, and aborts at once what its predecessor left open.
/// </remarks>
internal sealed class TransactionalId : IDisposable
{
    private const int MaxInstances = 1000;

    private readonly FileStream? _lock;

    private TransactionalId(string value, FileStream? held)
    {
        Value = value;
        _lock = held;
    }

    /// <summary>The name.</summary>
    public string Value { get; }

    /// <summary>Takes the name.</summary>
    /// <param name="options">The group, and the name if it is configured.</param>
    /// <param name="machine">The machine's name.</param>
    /// <param name="folder">Where the lock files lie: the same folder for all instances on the machine.</param>
    public static TransactionalId Take(KafkaOptions options, string machine, string folder)
    {
        if (options.Transaction.Id is { } configured)
            return new TransactionalId(configured, null);

        var names = SHA256.HashData(Encoding.UTF8.GetBytes($"{options.BootstrapServers} {Default(options, machine, 0)}"));
        var file = Convert.ToHexStringLower(names.AsSpan(0, 8));
        for (var number = 0; number < MaxInstances; number++)
        {
            try
            {
                var held = new FileStream(
                    Path.Combine(folder, $"streamner-{file}-{number}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return new TransactionalId(Default(options, machine, number), held);
            }
            catch (IOException)
            {
                // Another instance has the number.
            }
            catch (UnauthorizedAccessException)
            {
                // Another user's instance has it, or may have had it.
            }
        }

        // No folder to write to, as in a container: there is one instance in it, and it has a machine's name of its own.
        return new TransactionalId(Default(options, machine, 0), null);
    }

    /// <summary>The name of an instance that has none configured.</summary>
    public static string Default(KafkaOptions options, string machine, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{options.GroupId}-{machine}-{number}");

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();
}
