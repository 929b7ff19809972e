# An application with CarrierWave, as small as one can be: its configuration, its uploaders and its models.
#
# FIRSTSIGHT names the Ruby module that an uploader includes after the move; without it the application is the old one.

require "active_support/time"
require "carrierwave"
require "fog/aws"

Encoding.default_external = Encoding::UTF_8

CarrierWave.configure do |config|
  if ENV["S3"]
    config.fog_provider = "fog/aws" if config.respond_to?(:fog_provider=)
    config.fog_credentials = {
      provider: "AWS", aws_access_key_id: "a", aws_secret_access_key: "b", region: "us-east-1",
      endpoint: ENV["S3"], path_style: true
    }
    config.fog_directory = ENV["BUCKET"]
    config.fog_public = ENV["PRIVATE"].nil?
    config.asset_host = ENV["HOST"] if ENV["HOST"]
    config.storage = :fog
  else
    config.storage = :file
  end
  config.cache_storage = :file
  config.root = ENV["ROOT"] if ENV["ROOT"]
end

CarrierWave.tmp_path = File.join(ENV["ROOT"], "work") if ENV["ROOT"]

# An application may allow more in the names of files than CarrierWave does by itself.
CarrierWave::SanitizedFile.sanitize_regexp = /[^[:word:]\.\-\+ ()\[\]]/ if ENV["LOOSE"]

require ENV["FIRSTSIGHT"] if ENV["FIRSTSIGHT"]

require_relative "uploaders"
require_relative "models"
