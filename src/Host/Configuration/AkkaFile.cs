using Akka.Configuration;
using StreamNer.Inference.Files;

namespace StreamNer.Host.Configuration;

/// <summary>Reads <c>config/akka.conf</c>, which comes with the product: dispatchers and shutdown phases.</summary>
internal static class AkkaFile
{
    /// <summary>Where it lies: beside the executable.</summary>
    public static string Location { get; } = Path.Combine(AppContext.BaseDirectory, "config", "akka.conf");

    private const long MaxBytes = 1 << 20;

    /// <summary>Reads it.</summary>
    /// <exception cref="ConfigurationException">It is missing or can't be read.</exception>
    public static Config Read()
    {
        try
        {
            List<string> problems = [];
            var text = BoundedFile.ReadText(Location, problems, MaxBytes);
            return text is null ? throw new ConfigurationException(problems) : ConfigurationFactory.ParseString(text);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or FormatException
            or Akka.Configuration.ConfigurationException)
        {
            throw new ConfigurationException([$"{Location} can't be read: {unreadable.Message}; restore the "
                + $"one that comes with the product"]);
        }
    }
}
