package org.moraine.blobs;

import io.minio.MinioAsyncClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.ModelSource;
import org.moraine.contracts.Refused;

/**
 * Base models in object storage, named {@code s3://bucket/prefix}: the files of a model's folder, right under the prefix.
 * The store keeps no history, so a model's commit is a digest of its list: names, sizes and ETags. Safe for use by many
 * threads.
 */
public final class ModelBuckets implements ModelSource, AutoCloseable {

    private static final String SCHEME = "s3://";
    private static final String FORM = SCHEME + "bucket/prefix";
    private static final Pattern NAME = Pattern.compile(
            SCHEME + "(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?<prefix>[A-Za-z0-9][A-Za-z0-9._/-]{0,127})");
    private static final int MOST_PARTS = 8;
    private static final int COMMIT_DIGITS = 40;
    private static final Duration READ = Duration.ofMinutes(1);

    private final @Nullable Store store;
    private final @Nullable MinioAsyncClient client;
    /** Null for all. */
    private final @Nullable Set<String> buckets;

    private ModelBuckets(@Nullable Store store, @Nullable Set<String> buckets) {
        this.store = store;
        this.client = store == null ? null : BucketClient.connect(store, READ);
        this.buckets = buckets;
    }

    /** Every bucket that the store's keys open; takes null where there is no store, and then refuses every name. */
    public static ModelBuckets all(@Nullable Store store) {
        return new ModelBuckets(store, null);
    }

    /** As {@link #all}, with names of other buckets refused. */
    public static ModelBuckets only(@Nullable Store store, Set<String> buckets) {
        return new ModelBuckets(store, new TreeSet<>(buckets));
    }

    @Override
    public String form() {
        return FORM;
    }

    @Override
    public String place() {
        return "the object store at " + (store == null ? "no address" : store.endpoint());
    }

    @Override
    public Optional<Name> read(String name) {
        if (!name.startsWith(SCHEME)) {
            return Optional.empty();
        }
        String id = name.replaceFirst("/$", "");
        Matcher matcher = NAME.matcher(id);
        if (!matcher.matches()
                || id.contains("..")
                || id.substring(SCHEME.length()).contains("//")) {
            throw refused("its name has to be " + FORM + ", of letters, digits, '.', '_' and '-', at most 128 after the"
                    + " bucket");
        }
        if (id.split("/").length > 3 + MOST_PARTS) {
            throw refused("its prefix has more than " + MOST_PARTS + " parts");
        }
        if (client == null) {
            throw refused("no object store is known here (MORAINE_S3_ENDPOINT, MORAINE_S3_ACCESS_KEY,"
                    + " MORAINE_S3_SECRET_KEY)");
        }
        if (buckets != null && !buckets.contains(matcher.group("bucket"))) {
            throw refused("base models are read from " + String.join(", ", buckets) + " (MORAINE_MODEL_BUCKETS), not"
                    + " from the bucket " + matcher.group("bucket"));
        }
        return Optional.of(new Name(id, "newest"));
    }

    @Override
    public Revision revision(Name name) throws IOException {
        Map<String, String> tags = new TreeMap<>();
        for (BucketClient.Listed found : listed(name)) {
            if (Revision.isPlain(found.name())) {
                tags.put(found.name(), found.size() + " " + found.etag());
            }
        }
        if (tags.isEmpty()) {
            throw new Absent("there is nothing under " + name.id() + "/ in " + place());
        }
        String list = name.id() + "\n" + tags;
        String commit = Digest.of(list.getBytes(StandardCharsets.UTF_8)).hex().substring(0, COMMIT_DIGITS);
        return new Revision(name, commit, tags);
    }

    @Override
    public Download open(Revision revision, String file) throws IOException {
        Location location = location(revision.name());
        String[] tag = String.valueOf(revision.files().get(file)).split(" ", 2);
        try {
            InputStream bytes = location.bucket().read(location.prefix() + file, tag[1]);
            return new Download(revision.name().id() + "/" + file, bytes, Long.parseLong(tag[0]), null);
        } catch (NoSuchFileException e) {
            throw new IOException(revision.name().id() + "/" + file + " went away while the model was read", e);
        }
    }

    private Iterable<BucketClient.Listed> listed(Name name) throws IOException {
        Location location = location(name);
        try {
            return location.bucket().list(location.prefix());
        } catch (Answer.Absent e) {
            throw new Absent("there is no such bucket in " + place());
        } catch (Answer.Denied e) {
            throw new Absent("the key in MORAINE_S3_ACCESS_KEY may not read it in " + place());
        }
    }

    /** Where a name's files are; the prefix ends with a slash. */
    private record Location(BucketClient bucket, String prefix) {}

    private Location location(Name name) {
        Matcher matcher = NAME.matcher(name.id());
        if (client == null || !matcher.matches()) {
            throw new IllegalArgumentException(name + " was not read here");
        }
        return new Location(new BucketClient(client, matcher.group("bucket"), READ), matcher.group("prefix") + "/");
    }

    private static Refused refused(String reason) {
        return Refused.absent(
                "model_not_found", "model", "The base model cannot be read from object storage: " + reason);
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
        }
    }
}
