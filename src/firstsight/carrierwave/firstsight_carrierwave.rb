# Firstsight for CarrierWave: the uploader stores originals only, and its versions are made when they are asked for.
#
#     class AvatarUploader < CarrierWave::Uploader::Base
#       include CarrierWave::MiniMagick
#       include Firstsight::CarrierWave
#
#       version :thumb do ... end      # stays as it is: `firstsight import carrierwave` has read it
#     end
#
# Nothing else changes: keys, column values and URLs are those that CarrierWave gives. Where `asset_host` points to
# Firstsight, or to the CDN or website before it, that is all. To leave `asset_host` alone, or where files are private
# (`fog_public = false`, of which CarrierWave signs the URLs for S3), set a host for the versions:
#
#     Firstsight::CarrierWave.host = "https://img.example.com"
#     Firstsight::CarrierWave.key = "a:the-secret-of-the-key-in-firstsight.toml"   # signs the URLs
#     Firstsight::CarrierWave.expires_in = 3600                                    # seconds; without it, for ever
#
# Written for CarrierWave 1.3, 2.x and 3.x. What differs between them is said where it matters.
#
# What a version cannot do any more is to be read by the application before it has been asked for: `thumb.read`,
# `thumb.width`. While an upload is only cached, in a form that is shown again, a version's URL is the original's.

require "base64"
require "openssl"

module Firstsight
  module CarrierWave
    class << self
      # The address of Firstsight for the URLs of versions, without a slash at its end; without it, CarrierWave's own.
      attr_accessor :host
      # The id and the secret that sign them, joined by a colon.
      attr_accessor :key
      # How many seconds a signed URL is valid.
      attr_accessor :expires_in

      # The segment that signs a decoded path with its leading slash: HMAC-SHA256, its first 16 bytes in base64url.
      def signature(path, now = Time.now)
        id, secret = key.split(":", 2)
        expires = expires_in && (now.to_i + expires_in).to_s
        text = [expires, path.encode(Encoding::UTF_8)].compact.join(":")
        mac = OpenSSL::HMAC.digest("SHA256", secret, text)[0, 16]
        "~#{[id, expires, Base64.urlsafe_encode64(mac, padding: false)].compact.join('.')}"
      end
    end

    # `thumb.url` and the like. The version's file is known by its name alone, so nothing is asked of the store.
    def url(*args)
      host = Firstsight::CarrierWave.host
      return super if host.nil? || version_name.nil? || file.nil? || firstsight_stand_in? || firstsight_names?(args)

      path = file.path.sub(/\A#{Regexp.escape(File.expand_path(root))}/, "")
      path = "/#{path.delete_prefix('/')}"
      signed = Firstsight::CarrierWave.key ? "/#{Firstsight::CarrierWave.signature(path)}" : ""
      "#{host}#{signed}#{encode_path(path)}"
    end

    # Has them made anew: what is stored of them is deleted, and the next request makes it.
    def recreate_versions!(*names)
      chosen = active_versions.to_h
      chosen = chosen.select { |name, _| names.map(&:to_sym).include?(name) } unless names.empty?
      firstsight_forget(firstsight_all(chosen.values))
    end

    # Whether a version's file is its original's, which it is as long as that is only cached.
    def firstsight_stand_in?
      !parent_version.nil? && file.equal?(parent_version.file)
    end

    protected

    def firstsight_stand_in(original)
      @file = original
      active_versions.each { |_, version| version.firstsight_stand_in(original) }
    end

    # The versions below, those nested in them included.
    def firstsight_all(versions)
      versions.flat_map { |version| [version, *version.firstsight_all(version.firstsight_active)] }
    end

    # `active_versions` is private up to 2.x, and protected in 3.x.
    def firstsight_active
      active_versions.to_h.values
    end

    private

    # CarrierWave calls these four by name after the original has been cached, stored or retrieved.

    def cache_versions!(_new_file)
      active_versions.each { |_, version| version.firstsight_stand_in(file) }
    end

    def retrieve_versions_from_cache!(_cache_name)
      active_versions.each { |_, version| version.firstsight_stand_in(file) }
    end

    # An original may take the place of another of the same name, whose versions must not outlive it.
    # 1.3 gives the names of versions as a second argument, for a `recreate_versions!` that is not used here.
    def store_versions!(*)
      active_versions.each { |_, version| version.retrieve_from_store!(identifier) }
      firstsight_forget(firstsight_all(firstsight_active))
    end

    # Deletes stored versions, in S3 by a single request. An upload that is only cached has none but its original.
    def firstsight_forget(versions)
      files = versions.reject(&:firstsight_stand_in?).map(&:file).compact
      return if files.empty?

      store = send(:storage)
      aws = store.respond_to?(:connection) && fog_credentials[:provider].to_s == "AWS"
      return files.each(&:delete) unless aws

      files.map(&:path).each_slice(1000) { |paths| store.connection.delete_multiple_objects(fog_directory, paths) }
    end

    def firstsight_names?(args)
      args.any? { |argument| argument.respond_to?(:to_sym) }
    end
  end
end
