package org.moraine.registry.hub;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.OptionalInt;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.registry.Visible;
import org.moraine.registry.adapter.Adapters;
import org.moraine.registry.alias.Alias;
import org.moraine.registry.alias.Aliases;
import org.moraine.registry.alias.Tags;
import org.moraine.registry.alias.VersionName;
import org.moraine.registry.mirror.Mirror;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.Versions;

/**
 * What a client calls a revision: a branch (an alias, or {@code main}), a tag (a version's number,
 * or a name that a team gave it) or a commit.
 */
@ApplicationScoped
class Revisions {

    static final String COMMIT = "[0-9a-f]{40}";

    /** How the JavaScript client asks for the newest. */
    private static final String HEAD = "HEAD";

    private final Visible visible;
    private final Adapters adapters;
    private final Versions versions;
    private final Aliases aliases;
    private final Tags tags;
    private final Mirror mirror;

    Revisions(Visible visible, Adapters adapters, Versions versions, Aliases aliases, Tags tags, Mirror mirror) {
        this.visible = visible;
        this.adapters = adapters;
        this.versions = versions;
        this.aliases = aliases;
        this.tags = tags;
        this.mirror = mirror;
    }

    /** The repository of a path, to be read; {@link Refused} as absent where the caller may not know of it. */
    Repository repository(String team, String name) {
        return mirror.model(team, name)
                .map(model -> new Repository(model, null, true))
                .orElseGet(() -> own(team, name));
    }

    /** The repository of a path, to be changed; {@link Refused} as absent where it is not the caller's. */
    Repository own(String team, String name) {
        return Repository.of(team, name, visible);
    }

    /** The version that a revision names now; {@link Refused} where the repository or the revision is not there. */
    Version require(Repository repository, String revision) {
        return find(repository, revision)
                .filter(version -> repository.has(version.version()))
                .orElseThrow(() -> {
                    newest(repository);
                    return Refused.absent(
                            "revision_not_found",
                            "revision",
                            "There is no revision '" + revision + "' of " + repository.id());
                });
    }

    /** A repository's newest version; {@link Refused} where the repository is not there. */
    Version newest(Repository repository) {
        return main(repository).orElseThrow(() -> Visible.absent(repository.id()));
    }

    private Optional<Version> main(Repository repository) {
        AdapterName adapter = repository.adapter();
        if (repository.mirrored()) {
            return mirror.find(adapter, Alias.NEWEST);
        }
        return repository.version() == null
                ? versions.newest(adapter)
                        .or(() -> adapters.find(adapter).map(made -> Version.none(adapter, made.createdAt())))
                : versions.find(adapter, repository.version());
    }

    private Optional<Version> find(Repository repository, String revision) {
        if (repository.mirrored()) {
            return mirror.find(repository.adapter(), revision.equals(HEAD) ? Alias.NEWEST : revision);
        }
        if (revision.startsWith("refs/heads/")) {
            return branch(repository, revision.substring("refs/heads/".length()));
        }
        if (revision.startsWith("refs/tags/")) {
            return tag(repository.adapter(), revision.substring("refs/tags/".length()));
        }
        if (revision.matches(COMMIT)) {
            return repository.version() == null
                    ? versions.first(repository.adapter(), revision).or(() -> beginning(repository, revision))
                    : beginning(repository, revision);
        }
        return branch(repository, revision).or(() -> tag(repository.adapter(), revision));
    }

    /** Its newest version by that version's commit; also where it has none yet, and clients were told the commit of that. */
    private Optional<Version> beginning(Repository repository, String commit) {
        return main(repository).filter(version -> version.commit().equals(commit));
    }

    private Optional<Version> branch(Repository repository, String name) {
        return name.equals(Alias.NEWEST) || name.equals(HEAD)
                ? main(repository)
                : aliases.version(repository.adapter(), name)
                        .flatMap(version -> versions.find(repository.adapter(), version));
    }

    private Optional<Version> tag(AdapterName adapter, String name) {
        OptionalInt version = VersionName.number(name);
        return version.isPresent()
                ? versions.find(adapter, version.getAsInt())
                : tags.find(adapter, name).flatMap(tag -> versions.find(adapter, tag.version()));
    }
}
